extension Array where Element == UInt8 {
    /// `withUnsafeMutableBytes` with a typed error.
    @inline(__always)
    mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = self.mutableSpan
        return try span.withUnsafeMutableBytes(body)
    }
}
