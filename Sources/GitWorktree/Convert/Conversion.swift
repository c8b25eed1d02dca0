internal import GitObjects

/// How one path's content is turned into a blob and back, by its attributes and the settings.
struct Conversion: Sendable {
    /// What is done with line endings.
    enum LineEndings: Sendable, Hashable {
        /// Nothing.
        case binary
        /// Text with LF in the work tree.
        case textInput
        /// Text with CR LF in the work tree.
        case textCRLF
        /// As the content looks, LF or CR LF in the work tree by `core.eol`.
        case auto
        /// As the content looks, LF in the work tree.
        case autoInput
        /// As the content looks, CR LF in the work tree.
        case autoCRLF

        var isGuessed: Bool { self == .auto || self == .autoInput || self == .autoCRLF }
    }

    var lineEndings: LineEndings
    /// The words of `ls-files --eol`'s `attr/` column.
    var attributeText: String
    var expandsIdent = false
    var encoding: String?
    var driver: FilterDriver?

    /// Whether content passes through as it is.
    var isIdentity: Bool {
        lineEndings == .binary && !expandsIdent && encoding == nil && driver == nil
    }

    init(_ attributes: AttributeValues, _ settings: WorktreeSettings) {
        enum Action { case undefined, binary, text, textInput, textCRLF, auto, autoInput, autoCRLF }
        func action(_ name: String) -> Action {
            switch attributes[name] {
            case .set?: return .text
            case .unset?: return .binary
            case .value(let value)?:
                if value.elementsEqual("input".utf8) { return .textInput }
                if value.elementsEqual("auto".utf8) { return .auto }
                return .undefined
            case nil: return .undefined
            }
        }
        var crlf = action("text")
        if crlf == .undefined { crlf = action("crlf") }
        expandsIdent = attributes.isSet("ident")
        if crlf != .binary {
            let eol = attributes.text("eol")
            if eol == "lf" { crlf = crlf == .auto ? .autoInput : .textInput }
            if eol == "crlf" { crlf = crlf == .auto ? .autoCRLF : .textCRLF }
        }
        attributeText =
            switch crlf {
            case .undefined: ""
            case .binary: "-text"
            case .text: "text"
            case .textInput: "text eol=lf"
            case .textCRLF: "text eol=crlf"
            case .auto: "text=auto"
            case .autoInput: "text=auto eol=lf"
            case .autoCRLF: "text=auto eol=crlf"
            }
        let textIsCRLF = settings.autoCRLF == .on || (settings.autoCRLF == .off && settings.usesCRLF)
        switch crlf {
        case .undefined:
            switch settings.autoCRLF {
            case .off: lineEndings = .binary
            case .on: lineEndings = .autoCRLF
            case .input: lineEndings = .autoInput
            }
        case .binary: lineEndings = .binary
        case .text: lineEndings = textIsCRLF ? .textCRLF : .textInput
        case .textInput: lineEndings = .textInput
        case .textCRLF: lineEndings = .textCRLF
        case .auto: lineEndings = textIsCRLF ? .autoCRLF : .auto
        case .autoInput: lineEndings = .autoInput
        case .autoCRLF: lineEndings = .autoCRLF
        }
        if case .value(let name)? = attributes["working-tree-encoding"] {
            let text = String(decoding: name, as: UTF8.self)
            if !["utf-8", "utf8"].contains(text.lowercased()) { encoding = text }
        }
        if let name = attributes.text("filter") { driver = settings.drivers[name] }
    }

    /// Whether the work tree has CR LF where the blob has LF.
    var writesCRLF: Bool { lineEndings == .textCRLF || lineEndings == .autoCRLF }

    // MARK: Line endings

    /// CR LF to LF.
    func stripped(_ bytes: [UInt8]) -> [UInt8] {
        let dropsAll = lineEndings.isGuessed
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            count = 0
            for index in bytes.indices {
                if bytes[index] == 13, dropsAll || (index + 1 < bytes.count && bytes[index + 1] == 10) { continue }
                output[count] = bytes[index]
                count += 1
            }
        }
    }

    /// Whether LF becomes CR LF on the way out.
    func expandsLineEndings(_ statistics: TextStatistics) -> Bool {
        guard writesCRLF, statistics.loneLFCount > 0 else { return false }
        guard lineEndings.isGuessed else { return true }
        return statistics.loneCRCount == 0 && statistics.crlfCount == 0 && !statistics.isBinary
    }

    /// LF to CR LF.
    func expanded(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 16)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 10, previous != 13 { output.append(13) }
            output.append(byte)
            previous = byte
        }
        return output
    }

    // MARK: $Id$

    /// `$Id: …$` to `$Id$`.
    static func collapseIdent(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while let start = rest.firstRange(of: Array("$Id".utf8))?.lowerBound {
            output.append(contentsOf: rest[rest.startIndex..<(start + 3)])
            rest = rest[(start + 3)...]
            guard rest.first == UInt8(ascii: ":"), let end = rest.firstIndex(of: UInt8(ascii: "$")) else { continue }
            if rest[..<end].contains(10) { continue }
            output.append(UInt8(ascii: "$"))
            rest = rest[(end + 1)...]
        }
        return output + rest
    }

    /// `$Id$` and `$Id: …$` to `$Id: <blob> $`.
    static func expandIdent(_ bytes: [UInt8], id: ObjectID) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while let start = rest.firstRange(of: Array("$Id".utf8))?.lowerBound {
            output.append(contentsOf: rest[rest.startIndex..<(start + 3)])
            rest = rest[(start + 3)...]
            if rest.first == UInt8(ascii: "$") {
                rest = rest.dropFirst()
            } else if rest.first == UInt8(ascii: ":"), let end = rest.firstIndex(of: UInt8(ascii: "$")),
                !rest[..<end].contains(10)
            {
                // An id of some other system, with more than one word, stays.
                let words = rest[rest.index(after: rest.startIndex)..<end]
                let trimmed = words.drop { $0 == 32 }
                if let space = trimmed.firstIndex(of: 32), space < trimmed.endIndex - 1 { continue }
                rest = rest[(end + 1)...]
            } else {
                continue
            }
            output.append(contentsOf: ": ".utf8)
            output.append(contentsOf: id.hexBytes)
            output.append(contentsOf: " $".utf8)
        }
        return output + rest
    }
}
