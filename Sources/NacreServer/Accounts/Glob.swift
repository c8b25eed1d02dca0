/// Patterns for names: `*` stands for any run of bytes but `/`, `**` for any run at all, everything else for itself.
package enum Glob {
    /// Whether all of `text` matches.
    ///
    /// - Complexity: O(pattern × text), whatever the pattern: a table, not backtracking.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        let star = UInt8(ascii: "*")
        // reach[i]: whether the pattern so far matches the first i bytes of the text.
        var reach = [Bool](repeating: false, count: text.count + 1)
        reach[0] = true
        var index = 0
        while index < pattern.count {
            if pattern[index] == star {
                let crosses = index + 1 < pattern.count && pattern[index + 1] == star
                for end in stride(from: 1, through: text.count, by: 1) where reach[end - 1] {
                    if crosses || text[end - 1] != UInt8(ascii: "/") { reach[end] = true }
                }
                index += crosses ? 2 : 1
            } else {
                for end in stride(from: text.count, to: 0, by: -1) {
                    reach[end] = reach[end - 1] && text[end - 1] == pattern[index]
                }
                reach[0] = false
                index += 1
            }
        }
        return reach[text.count]
    }
}
