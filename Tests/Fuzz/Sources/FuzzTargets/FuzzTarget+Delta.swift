import GitStorage

extension FuzzTarget {
    /// Applies any bytes as a delta: the first byte says how long the base is, which follows.
    static let delta = FuzzTarget("Delta") { input in
        guard let length = input.first, input.count > Int(length) else { return }
        let base = Array(input[1..<(1 + Int(length))])
        let delta = Array(input[(1 + Int(length))...])
        _ = try? Delta.apply(delta.span.bytes, to: base.span.bytes)
    }
}
