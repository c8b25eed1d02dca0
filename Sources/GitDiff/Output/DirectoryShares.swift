internal import GitObjects

/// How much of a change falls to each directory (`--dirstat`).
struct DirectoryShares {
    private(set) var files: [(path: [UInt8], amount: Int)] = []

    /// By lines.
    init(_ stat: DiffStat) {
        for file in stat.files where !file.isUnmerged {
            var amount = file.added + file.deleted
            // A binary file's bytes count as lines of 64.
            if file.isBinary { amount = (amount + 63) / 64 }
            files.append((file.path.bytes, amount))
        }
    }

    /// By bytes or files.
    init(_ entries: [DiffEntry], source: any DiffSource, options: DiffOptions) throws(DiffError) {
        var similarity = SimilarityEstimator(source: source)
        for entry in entries where entry.status != .unmerged {
            let isSame = entry.old.exists && entry.new.exists && entry.old.id == entry.new.id && !entry.old.id.isZero
            if options.dirstat.measure == .files {
                if !isSame || entry.status == .added || entry.status == .deleted { files.append((entry.path.bytes, 1)) }
                continue
            }
            if isSame { continue }
            var amount = 0
            if entry.old.exists, entry.new.exists, entry.old.mode != .gitlink, entry.new.mode != .gitlink {
                let (copied, added) = ContentFingerprint.compare(
                    try similarity.fingerprint(entry.old), try similarity.fingerprint(entry.new))
                amount = try source.size(of: entry.old) - copied + added
            } else if entry.old.exists, entry.old.mode != .gitlink {
                amount = try source.size(of: entry.old)
            } else if entry.new.exists, entry.new.mode != .gitlink {
                amount = try source.size(of: entry.new)
            } else {
                continue
            }
            files.append((entry.path.bytes, max(amount, 1)))
        }
    }
}

extension DiffPrinter {
    mutating func printDirectories(_ shares: DirectoryShares) {
        let total = shares.files.reduce(0) { $0 + $1.amount }
        guard total > 0 else { return }
        let sorted = shares.files.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        var position = 0
        _ = gather(sorted, &position, [], total)
    }

    /// Sums up the files below a directory and prints it where its share is large enough.
    private mutating func gather(
        _ files: [(path: [UInt8], amount: Int)], _ position: inout Int, _ base: [UInt8], _ total: Int
    ) -> Int {
        var sum = 0
        var sources = 0
        while position < files.count, files[position].path.starts(with: base) {
            if let slash = files[position].path[base.count...].firstIndex(of: UInt8(ascii: "/")) {
                sum += gather(files, &position, Array(files[position].path[...slash]), total)
                sources += 1
            } else {
                sum += files[position].amount
                position += 1
                sources += 2
            }
        }
        // A directory that holds one other only adds nothing to what that says.
        guard !base.isEmpty, sources != 1, sum > 0 else { return sum }
        let permille = sum * 1000 / total
        guard permille >= options.dirstat.permille else { return sum }
        output += options.linePrefix
        let whole = "\(permille / 10)"
        write(String(repeating: " ", count: max(0, 4 - whole.utf8.count)) + "\(whole).\(permille % 10)% ")
        output += GitPath.quote(base, quotingHighBytes: options.quotesHighBytes) ?? base
        output.append(10)
        return options.dirstat.isCumulative ? sum : 0
    }
}
