internal import Bytes
internal import GitObjects

/// The check of one object. Each line checker says whether to go on: Git stops at an object's first error.
struct ObjectCheck {
    let checker: ObjectChecker
    let algorithm: HashAlgorithm
    var findings: [CheckFinding] = []

    init(checker: ObjectChecker, algorithm: HashAlgorithm) {
        self.checker = checker
        self.algorithm = algorithm
    }

    /// Notes a finding; false where it is an error.
    @discardableResult
    mutating func report(_ message: CheckMessage, _ text: String) -> Bool {
        let severity = checker.severity(message)
        if severity != .ignore { findings.append(CheckFinding(message: message, severity: severity, text: text)) }
        return severity < .error
    }

    /// The headers must end with an empty line, or at least with a newline, and hold no NUL.
    private mutating func headers(_ content: RawSpan) -> Bool {
        var offset = 0
        while offset < content.byteCount {
            let byte = content[offset]
            if byte == 0 { return report(.nulInHeader, "unterminated header: NUL at offset \(offset)") }
            if byte == 10, offset + 1 < content.byteCount, content[offset + 1] == 10 { return true }
            offset += 1
        }
        if content.byteCount > 0, content[content.byteCount - 1] == 10 { return true }
        return report(.unterminatedHeader, "unterminated header")
    }

    private func has(_ prefix: StaticString, _ content: RawSpan, at offset: Int) -> Bool {
        guard offset <= content.byteCount - prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where content[offset + index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }

    /// Whether an id and a newline stand at an offset.
    private func hasID(_ content: RawSpan, at offset: Int) -> Bool {
        let end = offset + algorithm.hexCount
        return ObjectID(hexIn: content, at: offset, algorithm: algorithm) != nil && end < content.byteCount
            && content[end] == 10
    }

    mutating func commit(_ content: RawSpan) {
        guard headers(content) else { return }
        var offset = 0
        guard has("tree ", content, at: 0) else {
            report(.missingTree, "invalid format - expected 'tree' line")
            return
        }
        if !hasID(content, at: 5) {
            guard report(.badTreeSha1, "invalid 'tree' line format - bad sha1") else { return }
        }
        offset = lineEnd(content, 0)
        while has("parent ", content, at: offset) {
            if !hasID(content, at: offset + 7) {
                guard report(.badParentSha1, "invalid 'parent' line format - bad sha1") else { return }
            }
            offset = lineEnd(content, offset)
        }
        var authors = 0
        while has("author ", content, at: offset) {
            authors += 1
            guard identity(content, from: offset + 7) else { return }
            offset = lineEnd(content, offset)
        }
        if authors < 1 {
            guard report(.missingAuthor, "invalid format - expected 'author' line") else { return }
        } else if authors > 1 {
            guard report(.multipleAuthors, "invalid format - multiple 'author' lines") else { return }
        }
        guard has("committer ", content, at: offset) else {
            report(.missingCommitter, "invalid format - expected 'committer' line")
            return
        }
        guard identity(content, from: offset + 10) else { return }
        if content.firstIndex(of: 0) != nil { report(.nulInCommit, "NUL byte in the commit object body") }
    }

    private func lineEnd(_ content: RawSpan, _ offset: Int) -> Int {
        (content.firstIndex(of: 10, from: offset) ?? content.byteCount - 1) + 1
    }

    mutating func tag(_ content: RawSpan) {
        guard headers(content) else { return }
        guard has("object ", content, at: 0) else {
            report(.missingObject, "invalid format - expected 'object' line")
            return
        }
        if !hasID(content, at: 7) {
            guard report(.badObjectSha1, "invalid 'object' line format - bad sha1") else { return }
        }
        var offset = lineEnd(content, 0)
        guard has("type ", content, at: offset) else {
            report(.missingTypeEntry, "invalid format - expected 'type' line")
            return
        }
        guard let typeEnd = content.firstIndex(of: 10, from: offset) else {
            report(.missingType, "invalid format - unexpected end after 'type' line")
            return
        }
        if ObjectKind(name: [UInt8](content.extracting(offset + 5..<typeEnd))) == nil {
            guard report(.badType, "invalid 'type' value") else { return }
        }
        offset = typeEnd + 1
        guard has("tag ", content, at: offset) else {
            report(.missingTagEntry, "invalid format - expected 'tag' line")
            return
        }
        guard let nameEnd = content.firstIndex(of: 10, from: offset) else {
            report(.missingTag, "invalid format - unexpected end after 'type' line")
            return
        }
        let name = [UInt8](content.extracting(offset + 4..<nameEnd))
        if !Self.isRefName(name) {
            guard report(.badTagName, "invalid 'tag' name: \(String(decoding: name, as: UTF8.self))") else { return }
        }
        offset = nameEnd + 1
        guard has("tagger ", content, at: offset) else {
            // Early tags do not contain 'tagger' lines.
            report(.missingTaggerEntry, "invalid format - expected 'tagger' line")
            return
        }
        _ = identity(content, from: offset + 7)
    }

    /// Whether `refs/tags/<name>` is a well-formed ref name.
    static func isRefName(_ name: [UInt8]) -> Bool {
        guard let last = name.last, last != UInt8(ascii: "/"), last != UInt8(ascii: ".") else { return false }
        for component in name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let first = component.first, first != UInt8(ascii: "."),
                !component.suffix(5).elementsEqual(".lock".utf8)
            else { return false }
        }
        var previous: UInt8 = 0
        for byte in name {
            if byte <= 0x20 || byte == 0x7f || "~^:?*[\\".utf8.contains(byte) { return false }
            if previous == UInt8(ascii: "."), byte == UInt8(ascii: ".") { return false }
            if previous == UInt8(ascii: "@"), byte == UInt8(ascii: "{") { return false }
            previous = byte
        }
        return true
    }

    /// Checks `Name <mail> seconds zone`; false where an error was found.
    private mutating func identity(_ content: RawSpan, from start: Int) -> Bool {
        // A NUL stands for the end: the headers were found to hold none.
        func byte(_ offset: Int) -> UInt8 { offset < content.byteCount ? content[offset] : 0 }
        func stop(_ from: Int) -> Int {
            var offset = from
            while offset < content.byteCount, !"<>\n".utf8.contains(content[offset]) { offset += 1 }
            return offset
        }
        let line = "invalid author/committer line - "
        if byte(start) == UInt8(ascii: "<") {
            return report(.missingNameBeforeEmail, line + "missing space before email")
        }
        var offset = stop(start)
        if byte(offset) == UInt8(ascii: ">") { return report(.badName, line + "bad name") }
        if byte(offset) != UInt8(ascii: "<") { return report(.missingEmail, line + "missing email") }
        if byte(offset - 1) != UInt8(ascii: " ") {
            return report(.missingSpaceBeforeEmail, line + "missing space before email")
        }
        offset = stop(offset + 1)
        if byte(offset) != UInt8(ascii: ">") { return report(.badEmail, line + "bad email") }
        offset += 1
        if byte(offset) != UInt8(ascii: " ") {
            return report(.missingSpaceBeforeDate, line + "missing space before date")
        }
        offset += 1
        if byte(offset) == UInt8(ascii: "0"), byte(offset + 1) != UInt8(ascii: " ") {
            return report(.zeroPaddedDate, line + "zero-padded date")
        }
        let digits = offset
        var value: UInt64 = 0
        var overflows = false
        while byte(offset) >= UInt8(ascii: "0"), byte(offset) <= UInt8(ascii: "9") {
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(UInt64(byte(offset) - UInt8(ascii: "0")))
            overflows = overflows || first || second
            value = sum
            offset += 1
        }
        if overflows || value > UInt64(Int64.max) {
            return report(.badDateOverflow, line + "date causes integer overflow")
        }
        if offset == digits || byte(offset) != UInt8(ascii: " ") { return report(.badDate, line + "bad date") }
        offset += 1
        let isZone =
            (byte(offset) == UInt8(ascii: "+") || byte(offset) == UInt8(ascii: "-"))
            && (1...4).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(offset + $0)) }
            && byte(offset + 5) == 10
        return isZone || report(.badTimezone, line + "bad time zone")
    }
}
