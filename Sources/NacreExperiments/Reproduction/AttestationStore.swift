internal import Bytes
public import GitObjects
public import GitRefs
public import GitStorage
public import SystemPackage

/// The attestations of a repository: DSSE envelopes as notes on the commits, one line each.
public struct AttestationStore: Sendable {
    /// What a check of one attestation found.
    public struct Finding: Sendable, Hashable {
        /// Whether it holds and its signer is known.
        public let passes: Bool
        /// In words.
        public let message: String
    }

    private let workspace: Workspace
    private let signer: SSHSigner
    private let key: String?
    private let allowedSigners: FilePath?

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - key: `user.signingKey`; nil leaves statements unsigned.
    ///   - allowedSigners: `gpg.ssh.allowedSignersFile`.
    public init(_ workspace: Workspace, program: String = "ssh-keygen", key: String?, allowedSigners: FilePath?) {
        self.workspace = workspace
        self.key = key
        self.allowedSigners = allowedSigners
        signer = SSHSigner(program: program, temporaryDirectory: workspace.nacreDirectory)
    }

    /// Records what a replay found.
    ///
    /// - Returns: what was recorded, in words.
    public func record(_ result: Reproduction) throws -> String {
        let committer = try workspace.committer()
        let who = String(decoding: committer.email, as: UTF8.self)
        let attestation = Attestation(
            commit: result.commit, isReproduced: result.isReproduced, subjects: result.subjects, builder: who,
            startedOn: Timestamp.text(result.startedAt), finishedOn: Timestamp.text(result.finishedAt),
            details: result.value, environment: result.ranIn)
        var envelope = Envelope(payload: JSONWriter.bytes(attestation.statement))
        var said = "recorded as an unsigned attestation (set gpg.format=ssh and user.signingKey to sign)"
        if let key {
            try Files.makeDirectory(workspace.nacreDirectory)
            let signature = try signer.sign(envelope.preAuthentication, key: key)
            envelope.signatures = [.init(keyIdentifier: who, bytes: signature)]
            said = "recorded as an attestation signed by \(who)"
        }
        let notes = try Notes(Notes.attestations, objects: workspace.objects, refs: workspace.refs)
        try notes.addLine(JSONWriter.bytes(envelope.value), to: result.commit, committer: committer)
        return said
    }

    /// Who has run a commit again, for showing beside it: `reproduced by a@b.c on 2026-01-31 (unsigned)`.
    public func summaries(_ commit: ObjectID) throws -> [String] {
        try Self.summaries(commit, objects: workspace.objects, refs: workspace.refs)
    }

    /// The same for a repository without a work tree.
    public static func summaries(_ commit: ObjectID, objects: ObjectDatabase, refs: RefStore) throws -> [String] {
        try Notes(Notes.attestations, objects: objects, refs: refs).lines(commit).compactMap { line in
            guard let value = try? JSONReader.read(line, source: "attestation"),
                let envelope = try? Envelope(value, source: "attestation"),
                let summary = try? Attestation.summary(envelope.payload, source: "attestation")
            else { return nil }
            let word = summary.isReproduced ? "reproduced" : "not reproduced"
            let signed = envelope.signatures.isEmpty ? "unsigned" : "signed"
            return "\(word) by \(summary.builder) on \(summary.finishedOn.prefix(10)) (\(signed))"
        }
    }

    /// Checks every attestation of a commit: signature, commit, and each subject's digest against the tree.
    public func verify(_ commit: ObjectID) throws -> [Finding] {
        let notes = try Notes(Notes.attestations, objects: workspace.objects, refs: workspace.refs)
        return try notes.lines(commit).map { line in
            do {
                let value = try JSONReader.read(line, source: "attestation")
                return try verify(try Envelope(value, source: "attestation"), commit)
            } catch let error as ValueError {
                return Finding(passes: false, message: error.description)
            }
        }
    }

    private func verify(_ envelope: Envelope, _ commit: ObjectID) throws -> Finding {
        // The signature first: nothing of an unsigned payload is to be believed.
        guard let signature = envelope.signatures.first else {
            return Finding(passes: false, message: "an attestation is not signed")
        }
        try Files.makeDirectory(workspace.nacreDirectory)
        let verdict = try signer.verify(
            envelope.preAuthentication, signature: signature.bytes, allowedSigners: allowedSigners)
        let principal: String
        switch verdict {
        case .trusted(let name): principal = name
        case .unknownSigner(let key):
            return Finding(
                passes: false,
                message: "an attestation is signed by an unknown key \(key) (see gpg.ssh.allowedSignersFile)")
        case .bad(let reason): return Finding(passes: false, message: "an attestation's signature is bad: \(reason)")
        }
        let summary = try Attestation.summary(envelope.payload, source: "attestation of \(principal)")
        guard summary.commit == commit.hex else {
            return Finding(
                passes: false, message: "the attestation of \(principal) is about another commit, \(summary.commit)")
        }
        let source = try TreeSource(workspace.objects, commit)
        for subject in summary.subjects {
            guard let entry = try source.entry(GitPath(subject.path)), entry.mode.isBlob else {
                return Finding(
                    passes: false,
                    message: "the attestation of \(principal) names '\(subject.path)', which the tree does not hold")
            }
            let content = try workspace.objects.read(entry.id).content
            let digest = PointerText(content)?.sha256 ?? Hex.string(Digest.hash(content, .sha256))
            guard digest == subject.sha256 else {
                return Finding(
                    passes: false, message: "'\(subject.path)' is not what \(principal) attested: its digest differs")
            }
        }
        guard !summary.subjects.isEmpty else {
            return Finding(passes: false, message: "the attestation of \(principal) names no output")
        }
        let what = summary.isReproduced ? "reproduced" : "not reproduced"
        return Finding(
            passes: summary.isReproduced,
            message: "\(what) by \(principal) on \(summary.finishedOn.prefix(10)): \(summary.subjects.count) outputs")
    }
}
