internal import Bytes
internal import GitObjects
internal import LargeFiles
internal import SystemPackage

extension LargeCommand {
    /// Adds patterns to the `.gitattributes` of the working directory, as `git lfs track` does; lists them without any.
    static func track(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        _ = try workTree(context)
        let file = context.workingDirectory.appending(".gitattributes")
        var lines = try attributeLines(file)
        if operands.isEmpty {
            context.output.line("Listing tracked patterns")
            for line in lines {
                if let pattern = trackedPattern(line) {
                    context.output.line("    \(String(decoding: pattern, as: UTF8.self)) (.gitattributes)")
                }
            }
            return .success
        }
        var isChanged = false
        for operand in operands {
            let pattern = try self.pattern(operand)
            if lines.contains(where: { trackedPattern($0) == pattern }) {
                context.output.line("\"\(String(decoding: operand, as: UTF8.self))\" already supported")
                continue
            }
            lines.append(Array(LargeFilePolicy.attributeLine(String(decoding: pattern, as: UTF8.self)).utf8))
            isChanged = true
            context.output.line("Tracking \"\(String(decoding: operand, as: UTF8.self))\"")
        }
        if isChanged { try write(lines, to: file) }
        return .success
    }

    /// Removes patterns again. What was committed as a large file stays one until it is added anew.
    static func untrack(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        guard !operands.isEmpty else { throw CommandError.usage("a pattern is needed") }
        _ = try workTree(context)
        let file = context.workingDirectory.appending(".gitattributes")
        var lines = try attributeLines(file)
        var code = ExitCode.success
        for operand in operands {
            let pattern = try self.pattern(operand)
            let before = lines.count
            lines.removeAll { trackedPattern($0) == pattern }
            let text = String(decoding: operand, as: UTF8.self)
            if lines.count < before {
                context.output.line("Untracking \"\(text)\"")
            } else {
                context.errors.line("warning: \"\(text)\" is not tracked in .gitattributes here")
                code = .failure
            }
        }
        if code == .success || !lines.isEmpty { try write(lines, to: file) }
        return code
    }

    private static func pattern(_ operand: [UInt8]) throws -> [UInt8] {
        guard !operand.isEmpty, !operand.contains(10), !operand.contains(0) else {
            throw CommandError.fatal("invalid pattern")
        }
        var result: [UInt8] = []
        for byte in operand {
            if byte == 0x20 || byte == 0x09 { result += Array("[[:space:]]".utf8) } else { result.append(byte) }
        }
        return result
    }

    /// The pattern of a line that names the filter.
    private static func trackedPattern(_ line: [UInt8]) -> [UInt8]? {
        let words = line.split { $0 == 0x20 || $0 == 0x09 }
        guard let first = words.first, words.dropFirst().contains(where: { $0.elementsEqual("filter=lfs".utf8) }) else {
            return nil
        }
        return Array(first)
    }

    private static func attributeLines(_ file: FilePath) throws -> [[UInt8]] {
        let content = try Files.readIfPresent(file, limit: 16 << 20) ?? []
        var lines = content.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func write(_ lines: [[UInt8]], to file: FilePath) throws {
        try TemporaryFile.replace(file, with: lines.flatMap { $0 + [10] })
    }
}
