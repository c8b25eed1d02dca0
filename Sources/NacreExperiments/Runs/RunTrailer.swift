/// What the message of a run's commit says in its last lines: enough to run it again without its notes.
public enum RunTrailer {
    /// The command of a run without a pipeline.
    public struct Command: Sendable, Hashable {
        /// The command line for a shell.
        public let line: String
        /// Where it runs, from the top of the repository.
        public let directory: String
    }

    static func value(_ key: String, in message: [UInt8]) -> String? {
        let prefix = Array((key + ": ").utf8)
        for line in message.split(separator: 10).reversed() where line.starts(with: prefix) {
            return String(decoding: line.dropFirst(prefix.count), as: UTF8.self)
        }
        return nil
    }

    /// The number of the run; nil where the commit is not a run's.
    public static func identifier(_ message: [UInt8]) -> String? { value("Nacre-Run", in: message) }

    /// What was run; nil where that was a pipeline, or the commit is not a run's.
    public static func command(_ message: [UInt8]) -> Command? {
        guard let (words, directory) = words(message) else { return nil }
        return Command(line: words.map(ShellWord.quote).joined(separator: " "), directory: directory)
    }

    /// The words of the command and its directory; nil where that was a pipeline, or the commit is not a run's.
    public static func words(_ message: [UInt8]) -> (words: [String], directory: String)? {
        guard let text = value("Nacre-Command", in: message),
            let object = try? JSONReader.read(Array(text.utf8), source: "Nacre-Command").object,
            let words = object["command"]?.array?.compactMap(\.string), !words.isEmpty
        else { return nil }
        return (words, object["directory"]?.string ?? "")
    }

    /// Whether the run ended well, as far as the message says.
    static func isSuccess(_ message: [UInt8]) -> Bool {
        value("Nacre-Status", in: message) ?? "succeeded" == "succeeded"
    }

    static func lines(_ record: RunRecord, _ result: RunResult) -> String {
        var text =
            "Nacre-Run: \(record.identifier)\nNacre-Status: \(result.status.split(separator: "\n").joined(separator: " "))\n"
        if case .command(let words) = record.work {
            let value: Value = .object([
                "command": .array(words.map(Value.string)), "directory": .string(record.directory),
            ])
            text += "Nacre-Command: \(JSONWriter.string(value))\n"
        }
        return text
    }
}
