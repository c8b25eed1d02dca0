internal import GitObjects
internal import NacreExperiments

struct VerifyCommand: Command {
    static let name = "verify"
    static let summary = "check the attestations of a revision"
    static let usage = ["[--json] <revision>"]
    static let options: [OptionSpec] = [.flag("json", "print JSON")]
    static let details = [
        "Recomputes the digest of every subject from the revision's tree and checks signatures against gpg.ssh.allowedSignersFile. An "
            + "unknown signer, a missing attestation or a mismatch exits with 1."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let name = arguments.texts.first, arguments.operands.count == 1 else {
            throw CommandError.usage("verify needs one revision")
        }
        let workspace = try context.workspace()
        let commit = try context.experimentRevision(name, workspace)
        let findings = try ReproduceCommand.attestations(workspace, context).verify(commit)
        if arguments.isOn("json") {
            let list = findings.map { finding -> Value in
                .object(["passes": .bool(finding.passes), "message": .string(finding.message)])
            }
            let value: Value = .object(["verified": .bool(isVerified(findings)), "attestations": .array(list)])
            context.output.line(JSONWriter.string(value, style: .pretty))
            return isVerified(findings) ? .success : .failure
        }
        let isColored = try context.usesColor(nil, key: "color.verify")
        for finding in findings {
            let word = finding.passes ? context.paint("ok", "32", isColored) : context.paint("FAILED", "31", isColored)
            context.output.line("\(word) \(finding.message)")
        }
        if findings.isEmpty { context.errors.line("error: nobody has attested '\(name)' (see 'nacre reproduce')") }
        return isVerified(findings) ? .success : .failure
    }

    private static func isVerified(_ findings: [AttestationStore.Finding]) -> Bool {
        !findings.isEmpty && findings.allSatisfy(\.passes)
    }
}
