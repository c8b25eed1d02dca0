internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import NacreExperiments
internal import SystemPackage

struct CheckCommand: Command {
    static let name = "check"
    static let summary = "check metrics against the policy"
    static let usage = ["[--json] [--junit=<file>] [[<base>..]<revision> [<revision>...]]"]
    static let options: [OptionSpec] = [
        .flag("json", "print JSON"),
        .value("junit", "file", "write the findings as JUnit XML"),
        .flag("quiet", "q", "say only what fails"),
    ]
    static let details = [
        "Exits with 1 where a metric breaks a rule of the policy in nacre.yaml, and says which and by how much. With a base, its policy "
            + "and the revision's both apply, so that a change cannot loosen the rules that it is judged by.",
        "Several revisions are runs of one thing, as with several seeds: each metric is the mean of theirs, or what `aggregate` says.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let workspace = try context.workspace()
        context.recoverRuns(workspace)
        let (base, revision) = split(arguments.texts.first)
        let source = try context.source(revision, workspace)
        let pipeline = try PipelineReader.read(from: source)
        let others = try arguments.texts.dropFirst().map { try context.source($0, workspace) }
        let metrics = ValueTable.together(
            [ValueTable.metrics(of: source, pipeline: pipeline)]
                + others.map { ValueTable.metrics(of: $0, pipeline: (try? PipelineReader.read(from: $0)) ?? nil) })
        for problem in metrics.files.compactMap(\.problem) { context.errors.line("warning: \(problem)") }
        var baseMetrics: ValueTable?
        var policies = [pipeline?.policy ?? Policy()]
        if let base {
            let source = try context.source(base, workspace)
            let pipeline = try PipelineReader.read(from: source)
            baseMetrics = ValueTable.metrics(of: source, pipeline: pipeline)
            if let policy = pipeline?.policy, policy != policies[0] { policies.append(policy) }
        }
        guard policies.contains(where: { !$0.rules.isEmpty }) else {
            throw CommandError.fatal("there is no policy to check: write one into nacre.yaml")
        }
        var findings: [PolicyCheck.Finding] = []
        for policy in policies {
            for finding in PolicyCheck(policy, metrics: metrics, base: baseMetrics).findings
            where !findings.contains(finding) {
                findings.append(finding)
            }
        }
        try report(findings, arguments, context)
        return findings.allSatisfy(\.passes) ? .success : .failure
    }

    private static func split(_ text: String?) -> (base: String?, revision: String?) {
        guard let text else { return (nil, nil) }
        let bytes = Array(text.utf8)
        for index in bytes.indices.dropLast()
        where bytes[index] == UInt8(ascii: ".") && bytes[index + 1] == UInt8(ascii: ".") {
            let base = String(decoding: bytes[..<index], as: UTF8.self)
            let rest = String(decoding: bytes[(index + 2)...], as: UTF8.self)
            return (base.isEmpty ? "HEAD" : base, rest.isEmpty ? nil : rest)
        }
        return (nil, text)
    }

    private static func report(_ findings: [PolicyCheck.Finding], _ arguments: Arguments, _ context: Context) throws {
        if let file = arguments.bytes("junit") {
            let report = JUnitReport(
                name: "nacre check",
                cases: findings.map {
                    .init(group: "policy." + $0.check, name: $0.metric, failure: $0.passes ? nil : $0.message)
                })
            try TemporaryFile.replace(
                context.workingDirectory.pushing(FilePath(bytes: file)), with: Array(report.xml.utf8))
        }
        if arguments.isOn("json") {
            let list = findings.map { finding -> Value in
                .object([
                    "metric": .string(finding.metric), "check": .string(finding.check), "passes": .bool(finding.passes),
                    "message": .string(finding.message),
                ])
            }
            let value: Value = .object(["passes": .bool(findings.allSatisfy(\.passes)), "findings": .array(list)])
            context.output.line(JSONWriter.string(value, style: .pretty))
            return
        }
        let isColored = try context.usesColor(nil, key: "color.check")
        for finding in findings where !finding.passes || !arguments.isOn("quiet") {
            let word = finding.passes ? context.paint("ok", "32", isColored) : context.paint("FAILED", "31", isColored)
            context.output.line("\(word) \(finding.message)")
        }
    }
}
