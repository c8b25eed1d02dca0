import GitConfig

/// Reads any bytes as a config file and changes it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? Config(parsing: input, place: .standardInput)
    var file = ConfigFile(content: input, place: .standardInput)
    try? file.set("a.s.b", to: "value")
    try? file.unset("a.b", all: true)
    try? file.renameSection("a", to: "n.x")
    try? file.removeSection("a")
    return 0
}
