import Testing

@testable import GitStorage

@Suite struct PackOrderTests {
    /// Few are compared, many are sorted by digits; offsets of one, two and three digits, the highest beyond 32 bits.
    @Test(arguments: [0, 1, 100, 4095, 4096, 5000], [1, 1 << 14, 1 << 18, 1 << 36])
    func positionsGoByOffset(_ count: Int, _ step: Int) {
        var chance = SystemRandomNumberGenerator()
        let rising = (0..<count).map { 12 + $0 * step }
        let offsets = rising.shuffled(using: &chance)
        let order = PackOrder.sorted(offsets)
        #expect(order.map { offsets[Int($0)] } == rising)
    }
}
