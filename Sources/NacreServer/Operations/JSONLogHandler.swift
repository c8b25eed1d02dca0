internal import FoundationEssentials
internal import Glibc
package import Logging

/// Logs one JSON object a line to standard error.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    /// Logs what is at least this important.
    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (key, value) in metadata where key != "hb.request.id" { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        fields["time"] = UTCTime.text(Int64(time(nil)))
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? [UInt8](encoder.encode(fields)) else { return }
        line.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of several threads do not mix.
        _ = write(STDERR_FILENO, line, line.count)
    }
}
