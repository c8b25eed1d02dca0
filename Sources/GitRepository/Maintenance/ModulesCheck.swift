internal import GitConfig
public import GitStorage

/// Git's checks of what stands in `.gitmodules` and `.gitattributes`: settings that lead a client astray.
///
/// <https://git-scm.com/docs/git-fsck#_fsck_messages>
public enum ModulesCheck {
    /// The largest `.gitattributes` that is read, and its longest line.
    private static let attributesLimit = 100 << 20
    private static let lineLimit = 2048

    /// What checks the objects of one received pack, these files among them.
    public static func transferChecker(isStrict: Bool = false) -> ObjectChecker {
        var checker = ObjectChecker(isStrict: isStrict)
        checker.namedFiles = NamedFiles { content, isModules, checker in
            isModules ? findings(modules: content, checker) : findings(attributes: content, checker)
        }
        return checker
    }

    /// What is wrong with an object that a tree names `.gitmodules`, in Git's order.
    public static func findings(modules content: [UInt8], _ checker: ObjectChecker) -> [CheckFinding] {
        let config: Config
        do {
            config = try Config(parsing: content, place: .standardInput)
        } catch {
            return [CheckFinding(.gitmodulesParse, "could not parse gitmodules blob", checker)]
                .compactMap(\.self)
        }
        var findings: [CheckFinding?] = []
        for entry in config.entries {
            guard entry.key.section == "submodule", let subsection = entry.key.subsection else {
                continue
            }
            let name = String(decoding: subsection, as: UTF8.self)
            if !isSafe(name: subsection) {
                findings.append(
                    CheckFinding(.gitmodulesName, "disallowed submodule name: \(name)", checker))
            }
            guard let value = entry.value else { continue }
            let text = String(decoding: value, as: UTF8.self)
            switch entry.key.name {
            case "url" where !isSafe(url: value):
                findings.append(CheckFinding(.gitmodulesUrl, "disallowed submodule url: \(text)", checker))
            case "path" where value.first == UInt8(ascii: "-"):
                findings.append(
                    CheckFinding(.gitmodulesPath, "disallowed submodule path: \(text)", checker))
            case "update" where value.first == UInt8(ascii: "!"):
                findings.append(
                    CheckFinding(.gitmodulesUpdate, "disallowed submodule update setting: \(text)", checker))
            default: break
            }
        }
        return findings.compactMap(\.self)
    }

    /// What is wrong with an object that a tree names `.gitattributes`.
    public static func findings(attributes content: [UInt8], _ checker: ObjectChecker)
        -> [CheckFinding]
    {
        if content.count > attributesLimit {
            return [CheckFinding(.gitattributesLarge, ".gitattributes too large to parse", checker)]
                .compactMap(\.self)
        }
        let isLong = content.split(separator: 10).contains { $0.count >= lineLimit }
        guard isLong else { return [] }
        return [
            CheckFinding(.gitattributesLineLength, ".gitattributes has too long lines to parse", checker)
        ].compactMap(\.self)
    }

    /// Whether a name may stand below `modules/`: not empty, and no `..` in it.
    static func isSafe(name: [UInt8]) -> Bool {
        guard !name.isEmpty else { return false }
        let parts = name.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        return !parts.contains { $0.elementsEqual("..".utf8) }
    }

    // MARK: Addresses

    /// Whether an address says to every program the same: no option, no line end hidden in it, no host that `..` eats.
    static func isSafe(url: [UInt8]) -> Bool {
        if url.first == UInt8(ascii: "-") { return false }
        if url.starts(with: "./".utf8) || url.starts(with: "../".utf8)
            || url.starts(with: "git://".utf8)
        {
            if decoded(url[...]).contains(10) { return false }
            var rest = url[...]
            var count = 0
            while true {
                if rest.starts(with: "../".utf8) {
                    count += 1
                    rest = rest.dropFirst(3)
                } else if rest.starts(with: "./".utf8) {
                    rest = rest.dropFirst(2)
                } else {
                    break
                }
            }
            return count == 0 || (rest.first != UInt8(ascii: ":") && rest.first != UInt8(ascii: "/"))
        }
        for scheme in ["http", "https", "ftp", "ftps"] {
            if url.starts(with: "\(scheme)::".utf8) {
                return isCredentialSafe(url.dropFirst(scheme.utf8.count + 2))
            }
            if url.starts(with: "\(scheme)://".utf8) { return isCredentialSafe(url[...]) }
        }
        return true
    }

    /// Whether a credential helper can be told of an address: it names a host, and no part holds a line end.
    private static func isCredentialSafe(_ url: ArraySlice<UInt8>) -> Bool {
        let text = Array(url)
        guard let mark = text.firstRange(of: Array("://".utf8)), mark.lowerBound > 0 else {
            return false
        }
        let rest = text[mark.upperBound...]
        let authority = rest.prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        var host = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { host = authority[(at + 1)...] }
        return !host.isEmpty && !decoded(text[...]).contains(10)
    }

    /// With `%xx` undone.
    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
