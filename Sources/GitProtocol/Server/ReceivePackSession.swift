internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitStorage
internal import Synchronization
internal import SystemPackage

/// One push. Used by one thread.
final class ReceivePackSession {
    private let server: ReceivePackServer
    private let request: PushRequest
    private let sink: ByteSink
    private let hasSideband: Bool
    /// Messages of hooks, which may come from any thread; sent by this one.
    private let messages = MessageQueue()
    private var failures: [String?]
    private var repository: ServedRepository { server.repository }

    init(_ server: ReceivePackServer, _ request: PushRequest, _ sink: @escaping ByteSink) {
        self.server = server
        self.request = request
        self.sink = sink
        hasSideband = request.capabilities.contains("side-band-64k")
        failures = Array(repeating: nil, count: request.updates.count)
    }

    func run(_ input: inout PktLineInput) throws -> [RefUpdate] {
        var unpackFailure: String?
        var accepted: [RefUpdate] = []
        do {
            if request.hasPack {
                let quarantine = try Quarantine(for: repository.objects)
                let objects = try quarantine.database(over: repository.objects)
                try receive(&input, objects)
                let push = try push(objects, quarantine.directory)
                try decide(push)
                if failures.contains(where: { $0 == nil }) {
                    try quarantine.release()
                    try repository.objects.refreshPacks()
                    accepted = move(push)
                }
            } else {
                let push = try push(repository.objects, nil)
                try decide(push)
                accepted = move(push)
            }
        } catch let error as UnpackError {
            unpackFailure = error.reason
            failures = failures.map { _ in "unpacker error" }
        }
        try report(unpackFailure)
        return accepted
    }

    private func push(_ objects: ObjectDatabase, _ quarantine: FilePath?) throws -> ReceivedPush {
        let messages = messages
        return ReceivedPush(
            updates: request.updates, options: request.options, objects: objects, quarantine: quarantine,
            certificate: try signedPush(),
            message: { messages.append($0) })
    }

    /// Keeps the certificate as a blob, and checks it.
    private func signedPush() throws -> SignedPush? {
        guard let certificate = request.certificate, let nonce = server.options.nonce else { return nil }
        let id = try repository.objects.write(.blob, certificate.content)
        return SignedPush(
            certificate: certificate, id: id, check: try server.options.checkCertificate(certificate),
            nonce: nonce.check(certificate.nonce))
    }

    // MARK: Checking

    /// Takes the pack.
    private func receive(_ input: inout PktLineInput, _ objects: ObjectDatabase) throws {
        do {
            try PackReception.receive(
                &input, into: objects, checker: server.options.makeChecker?(), limit: server.options.packLimit)
        } catch let error as StorageError {
            throw UnpackError(reason: "index-pack failed: \(ProtocolError.printable(Array("\(error)".utf8)))")
        } catch let error as ProtocolError {
            throw UnpackError(reason: "\(error)")
        }
    }

    private func decide(_ push: ReceivedPush) throws {
        for (index, update) in request.updates.enumerated() {
            failures[index] = try refusal(of: update, push.objects)
        }
        try checkConnectivity(push.objects)
        if isAtomicallyRefused() { return }
        guard failures.contains(where: { $0 == nil }) else { return }
        if let reason = try asking({ try server.options.hooks.admit(push) }) {
            failures = failures.map { $0 ?? reason }
            return
        }
        for (index, update) in request.updates.enumerated() where failures[index] == nil {
            failures[index] = try asking { try server.options.hooks.admitUpdate(update, push) }
        }
        _ = isAtomicallyRefused()
    }

    /// A hook that fails says no.
    private func asking(_ question: () throws -> String?) throws -> String? {
        defer { try? sendMessages() }
        do { return try question() } catch { return ProtocolError.printable(Array("\(error)".utf8)) }
    }

    /// Where all or nothing was asked for and one is refused, all are.
    private func isAtomicallyRefused() -> Bool {
        guard request.capabilities.contains("atomic"), failures.contains(where: { $0 != nil }) else { return false }
        failures = failures.map { $0 ?? "atomic push failure" }
        return true
    }

    private func refusal(of update: RefUpdate, _ objects: ObjectDatabase) throws -> String? {
        let options = server.options
        guard update.name.starts(with: Array("refs/".utf8)), let name = try? RefName(update.name),
            RefName.isValid(update.name)
        else { return "funny refname" }
        if repository.isHidden(name) { return "deny updating a hidden ref" }
        if update.isDeletion {
            if options.deniesDeletes && name.isBranch { return "deletion prohibited" }
            if options.deniesDeletingCurrent, try repository.refs.read(.head) == .symbolic(name) {
                return "deletion of the current branch prohibited"
            }
            return nil
        }
        if options.checkedOutBranches.contains(name) { return "branch is currently checked out" }
        guard let kind = try? objects.headerIfPresent(update.new)?.kind else { return "bad pack" }
        if name.isBranch && kind != .commit { return "invalid new value provided" }
        if options.deniesNonFastForwards, name.isBranch, !update.old.isZero, objects.contains(update.old),
            try !History(objects).allReach([update.new], [update.old])
        {
            return "non-fast-forward"
        }
        return nil
    }

    /// Whether everything that the new values lead to is there.
    private func checkConnectivity(_ objects: ObjectDatabase) throws {
        let wanted = request.updates.indices.filter { failures[$0] == nil && !request.updates[$0].isDeletion }
        guard !wanted.isEmpty else { return }
        let existing = try repository.refs.list().compactMap(\.id)
        let cut = try repository.shallowCommits()
        if try Connectivity.isComplete(wanted.map { request.updates[$0].new }, excluding: existing, cut: cut, objects) {
            return
        }
        // One is broken: find out which, so that the others need not suffer.
        for index in wanted
        where try !Connectivity.isComplete([request.updates[index].new], excluding: existing, cut: cut, objects) {
            failures[index] = "missing necessary objects"
        }
    }

    // MARK: Moving

    private func move(_ push: ReceivedPush) -> [RefUpdate] {
        let indices = failures.indices.filter { failures[$0] == nil }
        if request.capabilities.contains("atomic") {
            move(indices, failure: "atomic push failure")
        } else {
            for index in indices { move([index], failure: nil) }
        }
        let accepted = failures.indices.filter { failures[$0] == nil }.map { request.updates[$0] }
        if !accepted.isEmpty { server.options.hooks.updated(accepted, push) }
        try? sendMessages()
        return accepted
    }

    private func move(_ indices: [Int], failure: String?) {
        guard !indices.isEmpty else { return }
        var transaction = repository.refs.beginTransaction()
        for index in indices {
            let update = request.updates[index]
            // The name was checked before.
            let name = RefName(unchecked: update.name)
            if update.isDeletion {
                transaction.delete(name, expecting: update.old.isZero ? .any : .exactly(update.old), message: "push")
            } else {
                transaction.update(name, to: update.new, expecting: .exactly(update.old), message: "push")
            }
        }
        do throws(RefError) {
            try transaction.commit(committer: server.options.committer)
        } catch {
            for index in indices { failures[index] = failure ?? ReceivePackSession.reason(error) }
        }
    }

    private static func reason(_ error: RefError) -> String {
        switch error {
        // Git's words for a ref that moved, or is being moved, since the client looked.
        case .cannotLock, .locked: "failed to update ref"
        default: "failed to update ref"
        }
    }

    // MARK: Reporting

    private func sendMessages() throws {
        let text = messages.take()
        guard hasSideband, !text.isEmpty else { return }
        try sink(Sideband.encode(Array(text.utf8), band: .progress))
    }

    private func report(_ unpackFailure: String?) throws {
        try sendMessages()
        let version =
            request.capabilities.contains("report-status-v2")
            ? 2 : request.capabilities.contains("report-status") ? 1 : 0
        guard version > 0 else {
            if hasSideband { try sink(Array("0000".utf8)) }
            return
        }
        let results = zip(request.updates, failures).map { PushReport.Result(name: $0.name, failure: $1) }
        let packets = PushReport(unpackFailure: unpackFailure, results: results).encoded(version: version)
        try sink(hasSideband ? Sideband.encode(packets, band: .data) + Array("0000".utf8) : packets)
    }
}

/// Text for a person, from any thread.
final class MessageQueue: Sendable {
    private let text = Mutex("")

    func append(_ more: String) { text.withLock { $0 += more } }

    func take() -> String {
        text.withLock { text in
            defer { text = "" }
            return text
        }
    }
}

/// The pack was not taken.
struct UnpackError: Error {
    let reason: String
}
