internal import ArgumentParser

/// `nacre-server audit`.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show who moved which ref and who changed whose permissions, newest first.")

    @OptionGroup var root: RootOption
    @Option(help: "Only what happened to this repository or user.") var subject: String?
    @Option(help: "At most so many lines.") var limit = 100

    func run() throws {
        for entry in try root.accounts().audit(subject: subject, limit: limit) {
            let address = entry.address ?? "-"
            print(
                "\(UTCTime.text(entry.time))\t\(entry.actor)\t\(address)\t\(entry.action)\t\(entry.subject)\t\(entry.detail)"
            )
        }
    }
}
