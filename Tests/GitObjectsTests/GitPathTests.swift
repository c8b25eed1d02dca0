import GitObjects
import Testing

@Suite struct GitPathTests {
    private let ordered = ["", "a", "a\u{0}", "a-b", "a.c", "a/b", "a/b/c", "a0", "ab", "b", "é"].map { GitPath($0) }

    /// By bytes, the shorter first where one begins the other.
    @Test func pathsGoByBytes() {
        for (place, left) in ordered.enumerated() {
            for (otherPlace, right) in ordered.enumerated() {
                #expect((left < right) == (place < otherPlace), "\(left) \(right)")
                #expect((left == right) == (place == otherPlace), "\(left) \(right)")
            }
        }
        #expect(ordered.shuffled().sorted() == ordered)
        #expect(GitPath([0xff]) > GitPath([0xc3, 0xa9]))
    }

    @Test func equalPathsAreOneKey() {
        var numbers: [GitPath: Int] = [:]
        for (number, path) in ordered.enumerated() { numbers[path] = number }
        #expect(numbers.count == ordered.count)
        for (number, path) in ordered.enumerated() { #expect(numbers[GitPath(adopting: Array(path.bytes))] == number) }
    }
}
