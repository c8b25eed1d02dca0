public import GitObjects

/// Which files a sparse check-out wants: `info/sparse-checkout`, read as directories (cone mode) or as patterns.
///
/// <https://git-scm.com/docs/git-sparse-checkout>
public struct SparsePatterns: Sendable {
    /// Directories of cone mode.
    private struct Cone: Sendable {
        /// Wanted with everything below them.
        var whole: Set<[UInt8]> = []
        /// Wanted with the files right in them.
        var parents: Set<[UInt8]> = []
        var isEverything = false
    }

    private let cone: Cone?
    private let file: IgnoreFile
    /// What is wrong with patterns that were to be a cone; they count as patterns then.
    public let warnings: [String]

    /// Whether the patterns are directories.
    public var isCone: Bool { cone != nil }

    /// Reads patterns.
    public init(parsing content: [UInt8], isCone: Bool) {
        file = IgnoreFile(parsing: content, base: .root, source: [])
        var warnings: [String] = []
        cone = isCone ? SparsePatterns.cone(file.rules.map(\.text), &warnings) : nil
        self.warnings = warnings
    }

    // MARK: Cones

    private static func cone(_ lines: [[UInt8]], _ warnings: inout [String]) -> Cone? {
        var cone = Cone()
        for line in lines where !line.isEmpty {
            let isNegative = line.first == UInt8(ascii: "!")
            var pattern = isNegative ? Array(line.dropFirst()) : line
            let isDirectory = pattern.last == UInt8(ascii: "/")
            if isDirectory { pattern.removeLast() }
            if pattern == Array("/*".utf8) {
                if isNegative, isDirectory {
                    cone.isEverything = false
                    continue
                }
                if !isNegative, !isDirectory {
                    cone.isEverything = true
                    continue
                }
            }
            let shown = String(decoding: pattern, as: UTF8.self)
            guard isDirectory, pattern.count > 1, pattern.first == UInt8(ascii: "/"),
                let path = unescaped(pattern)
            else {
                warnings += ["unrecognized pattern: '\(shown)'", "disabling cone pattern matching"]
                return nil
            }
            if path.suffix(2).elementsEqual("/*".utf8) {
                let parent = Array(path.dropLast(2))
                guard isNegative, cone.whole.contains(parent) else {
                    let kind = isNegative ? "unrecognized negative pattern" : "unrecognized pattern"
                    warnings += ["\(kind): '\(shown)'", "disabling cone pattern matching"]
                    return nil
                }
                cone.whole.remove(parent)
                cone.parents.insert(parent)
                continue
            }
            if isNegative {
                warnings += [
                    "unrecognized negative pattern: '\(shown)'", "disabling cone pattern matching",
                ]
                return nil
            }
            if cone.parents.contains(path) {
                warnings += [
                    "your sparse-checkout file may have issues: pattern '\(shown)' is repeated",
                    "disabling cone pattern matching",
                ]
                return nil
            }
            cone.whole.insert(path)
        }
        return cone
    }

    /// A pattern without its first slash and its backslashes; nil where it has wildcards of its own.
    private static func unescaped(_ pattern: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 1
        while index < pattern.count {
            let byte = pattern[index]
            let isSpecial = "*?[\\".utf8.contains(byte)
            if byte == UInt8(ascii: "\\"), index + 1 < pattern.count {
                result.append(pattern[index + 1])
                index += 2
                continue
            }
            let isLastStar =
                byte == UInt8(ascii: "*") && index == pattern.count - 1 && pattern[index - 1] == 0x2f
            if isSpecial, !isLastStar { return nil }
            result.append(byte)
            index += 1
        }
        return result
    }

    /// The directories of a cone that are wanted whole, in order.
    public var directories: [[UInt8]] {
        (cone?.whole ?? []).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The file of a cone that wants these directories whole.
    public static func coneFile(_ directories: [[UInt8]]) -> [UInt8] {
        let all = Set(directories.filter { !$0.isEmpty })
        func ancestors(_ path: [UInt8]) -> [[UInt8]] {
            path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) }
        }
        let whole = all.filter { path in !ancestors(path).contains { all.contains($0) } }
        let parents = Set(whole.flatMap(ancestors))
        func sorted(_ paths: Set<[UInt8]>) -> [[UInt8]] {
            paths.sorted { $0.lexicographicallyPrecedes($1) }
        }
        func escaped(_ path: [UInt8]) -> [UInt8] {
            path.flatMap { "*?[\\".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        }
        var text = Array("/*\n!/*/\n".utf8)
        for parent in sorted(parents) {
            let name = [UInt8(ascii: "/")] + escaped(parent)
            text += name + Array("/\n!".utf8) + name + Array("/*/\n".utf8)
        }
        for path in sorted(whole) { text += [UInt8(ascii: "/")] + escaped(path) + Array("/\n".utf8) }
        return text
    }

    // MARK: Matching

    /// Whether a file is wanted.
    public func includes(_ path: GitPath) -> Bool {
        guard let cone else { return isMatched(path) }
        if cone.isEverything { return true }
        guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return true }
        var directory = path.bytes[..<slash]
        if cone.parents.contains(Array(directory)) { return true }
        while true {
            if cone.whole.contains(Array(directory)) { return true }
            guard let slash = directory.lastIndex(of: UInt8(ascii: "/")) else { return false }
            directory = directory[..<slash]
        }
    }

    /// The last pattern that speaks of the path decides, or of the nearest directory above it that one speaks of.
    private func isMatched(_ path: GitPath) -> Bool {
        var bytes = path.bytes[...]
        var isDirectory = false
        while !bytes.isEmpty {
            let nameStart = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
            let rule = Array(bytes).withUnsafeBufferPointer {
                file.lastMatch($0, nameStart: nameStart, isDirectory: isDirectory, ignoringCase: false)
            }
            if let rule { return !rule.isNegative }
            bytes = nameStart > 0 ? bytes[..<(nameStart - 1)] : []
            isDirectory = true
        }
        return false
    }
}
