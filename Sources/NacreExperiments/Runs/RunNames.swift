/// Names of experiments.
public enum RunNames {
    private static let adjectives = [
        "amber", "ample", "bold", "brisk", "calm", "clear", "cosy", "crisp", "deep", "eager", "fair", "fleet", "fond",
        "fresh",
        "gentle", "glad", "golden", "grand", "hardy", "keen", "kind", "light", "lively", "lucid", "mellow", "merry",
        "mild",
        "neat", "noble", "pale", "plain", "prime", "proud", "quick", "quiet", "rapid", "rare", "ready", "rich", "ripe",
        "rosy", "sharp", "silver", "sleek", "smooth", "snug", "solid", "spry", "stout", "sunny", "swift", "tidy",
        "vivid",
        "warm", "wise", "witty",
    ]
    private static let nouns = [
        "alder", "aspen", "badger", "beech", "birch", "brook", "cedar", "cliff", "clover", "coral", "crane", "delta",
        "dove",
        "elm", "falcon", "fern", "finch", "fjord", "fox", "glade", "grove", "gull", "harbor", "hazel", "heron", "holly",
        "ibis", "iris", "ivy", "lake", "larch", "lark", "linden", "lynx", "maple", "marten", "meadow", "nacre", "oak",
        "osprey", "otter", "owl", "pearl", "pine", "plover", "poplar", "raven", "reed", "ridge", "river", "robin",
        "rowan",
        "shell", "spruce", "swan", "teal", "thrush", "tide", "willow", "wren",
    ]

    /// A name that two people are not likely to get for the same thing, free by `isFree`.
    static func generate(isFree: (String) throws -> Bool) rethrows -> String {
        var suffix = ""
        for attempt in 0..<10_000 {
            let name = (adjectives.randomElement() ?? "swift") + "-" + (nouns.randomElement() ?? "pearl") + suffix
            if try isFree(name) { return name }
            if attempt > 20 { suffix = "-\(Int.random(in: 2...99_999))" }
        }
        return "run-\(UInt64.random(in: 0...UInt64.max))"
    }

    /// Whether a name can be a ref's last part.
    public static func isValid(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 200, !name.hasPrefix("-"), !name.hasPrefix("."), !name.hasSuffix("."),
            !name.hasSuffix(".lock"), !name.contains(".."), name != "@"
        else { return false }
        return !name.utf8.contains { byte in byte <= 0x20 || byte == 0x7f || "~^:?*[\\/".utf8.contains(byte) }
    }
}
