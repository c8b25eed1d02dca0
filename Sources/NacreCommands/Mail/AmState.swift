internal import Bytes
internal import GitObjects
internal import GitRepository

/// What `am` keeps between its stops, in Git's files (`rebase-apply/`), so that either program can go on.
struct AmState {
    static let directory = "rebase-apply"
    let support: MergeSupport

    func path(_ name: String) -> String { "\(Self.directory)/\(name)" }

    func read(_ name: String) throws -> [UInt8]? { try support.read(path(name)) }

    func line(_ name: String) throws -> String? { try support.readLine(path(name)) }

    func write(_ name: String, _ content: [UInt8]) throws { try support.write(path(name), content) }

    func write(_ name: String, _ text: String) throws { try write(name, Array((text + "\n").utf8)) }

    func flag(_ name: String, default fallback: Bool = false) throws -> Bool {
        try line(name).map { $0 == "t" } ?? fallback
    }

    func setFlag(_ name: String, _ value: Bool) throws { try write(name, value ? "t" : "f") }

    func number(_ name: String) throws -> Int { Int(try line(name) ?? "") ?? 0 }

    func remove(_ names: String...) throws { for name in names { try Files.remove(support.file(path(name))) } }

    var exists: Bool {
        get throws { try read("last") != nil && read("next") != nil }
    }

    static func mailName(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    }

    // MARK: The author

    func writeAuthor(name: [UInt8], address: [UInt8], date: [UInt8]) throws {
        try write("author-script", AuthorScript.text(name: name, address: address, date: date))
    }

    func author() throws -> (name: [UInt8], address: [UInt8], date: String) {
        guard let author = AuthorScript.parse(try read("author-script") ?? []) else {
            throw CommandError.fatal("could not parse author script")
        }
        return author
    }
}
