internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// Prints pairs of patches in the order of the newer series, each older one that has no partner behind those before it.
struct RangeDiffPrinter {
    let context: Context
    let options: DiffOptions
    let showsOld: Bool
    let showsNew: Bool

    func print(_ old: [CommitPatch], _ new: [CommitPatch], _ pairs: PatchPairs) throws {
        var shown = Set<Int>()
        var i = 0
        var j = 0
        let width = String(1 + max(old.count, new.count)).utf8.count
        while i < old.count || j < new.count {
            while i < old.count, shown.contains(i) { i += 1 }
            if i < old.count, pairs.newOfOld[i] == nil {
                if showsOld { try printHeader((old[i], i), nil, width) }
                i += 1
                continue
            }
            while j < new.count, pairs.oldOfNew[j] == nil {
                if showsNew { try printHeader(nil, (new[j], j), width) }
                j += 1
            }
            guard j < new.count, let match = pairs.oldOfNew[j] else { continue }
            try printHeader((old[match], match), (new[j], j), width)
            if !options.formats.contains(.none) { try printDifference(old[match].text, new[j].text) }
            shown.insert(match)
            j += 1
        }
    }

    private func printHeader(
        _ old: (patch: CommitPatch, index: Int)?, _ new: (patch: CommitPatch, index: Int)?, _ width: Int
    ) throws {
        guard let id = (old ?? new)?.patch.id else { return }
        let objects = try context.repository().objects
        let colors = options.colors
        let reset = colors?.reset ?? ""
        let isChanged = old != nil && new != nil && old?.patch.text != new?.patch.text
        let color = (new == nil ? colors?.old : old == nil ? colors?.new : colors?.commit) ?? ""
        let dashes = String(repeating: "-", count: objects.abbreviate(id).utf8.count)
        func side(_ item: (patch: CommitPatch, index: Int)?) -> String {
            let number = item.map { String($0.index + 1) } ?? "-"
            let name = item.map { objects.abbreviate($0.patch.id) } ?? dashes
            return String(repeating: " ", count: max(0, width - number.utf8.count)) + number + ":  " + name
        }
        var line = (isChanged ? colors?.old ?? "" : color) + side(old) + " "
        if isChanged { line += reset + color }
        line += new == nil ? "<" : old == nil ? ">" : isChanged ? "!" : "="
        if isChanged { line += reset + (colors?.new ?? "") }
        line += " " + side(new)
        if isChanged { line += reset + color }
        let subject = try CommitText(id, objects).subject
        context.output.line(Array((line + " ").utf8) + subject + Array(reset.utf8))
    }

    private func printDifference(_ old: [UInt8], _ new: [UInt8]) throws {
        if old == new { return }
        let source = PatchTexts(old: old, new: new)
        let entry = DiffEntry(status: .modified, old: source.side("a"), new: source.side("b"))
        let output = context.output
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        try printer.print([entry])
    }
}

/// Two patches as the sides of a comparison.
private struct PatchTexts: DiffSource {
    let algorithm = HashAlgorithm.sha1
    let old: [UInt8]
    let new: [UInt8]

    /// Sections of a patch are headed by its files and hunks.
    private static let naming = FunctionNaming(expressions: "^ ## (.*) ##$\n^.?@@ (.*)$", isExtended: true)

    func side(_ name: String) -> DiffSide { DiffSide(path: GitPath(name), mode: .regular, id: .zero(algorithm)) }

    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] { throw .refused("a patch holds no trees") }

    func content(of side: DiffSide) throws(DiffError) -> [UInt8] { side.path == GitPath("a") ? old : new }

    func attributes(of path: GitPath) -> DiffAttributes {
        var driver = DiffDriver(name: "patch")
        driver.naming = Self.naming
        var result = DiffAttributes()
        result.driver = driver
        return result
    }
}
