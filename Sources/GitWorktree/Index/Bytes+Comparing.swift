internal import Glibc

extension Array where Element == UInt8 {
    /// Below zero, zero or above zero, as `memcmp` orders bytes, the shorter first where one begins the other.
    func compared(to other: [UInt8]) -> Int {
        let shared = Swift.min(count, other.count)
        let order = withUnsafeBufferPointer { left in
            other.withUnsafeBufferPointer { right in
                shared == 0 ? 0 : Int(memcmp(left.baseAddress!, right.baseAddress!, shared))
            }
        }
        return order != 0 ? order : count - other.count
    }
}
