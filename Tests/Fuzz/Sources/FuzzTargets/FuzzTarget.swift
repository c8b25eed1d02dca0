/// What one decoder is asked to do with any bytes: it may refuse them, but not trap, hang or take much memory.
public struct FuzzTarget: Sendable {
    /// The name of the target and of its folder of seeds.
    public let name: String
    private let body: @Sendable ([UInt8]) -> Void

    init(_ name: String, _ body: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.body = body
    }

    /// Runs the decoder over one input.
    public func run(_ input: [UInt8]) { body(input) }

    /// Every target.
    public static let all: [FuzzTarget] = [
        .object, .looseObject, .pack, .delta, .packIndex, .commitGraph, .index, .config, .ignore, .attributes, .refs,
        .packedRefs, .reflog, .pktLine, .commandRequest, .pushRequest, .refAdvertisement, .fetchResponse, .pushReport,
        .json, .tensors, .tables, .pointer, .manifest, .chunkPack,
    ]

    /// The target of that name, or nil.
    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
