internal import Bytes
internal import SystemPackage

/// Small matters of mail files.
enum MailFiles {
    /// A file that an option names.
    static func read(_ name: String, _ context: Context) throws -> [UInt8] {
        do throws(FileError) {
            return try Files.read(context.workingDirectory.pushing(FilePath(name)))
        } catch {
            throw CommandError.fatal("unable to read signature file '\(name)': \(error.code)")
        }
    }

    /// A message's id without brackets and blanks.
    static func messageID(_ text: String) -> String {
        var text = Substring(text)
        while let first = text.first, first.isWhitespace || first == "<" { text.removeFirst() }
        while let last = text.last, last.isWhitespace || last == ">" { text.removeLast() }
        return String(text)
    }
}
