import DataFormats

extension FuzzTarget {
    /// Reads any bytes as JSON, as the LFS batch answers and safetensors headers are read.
    static let json = FuzzTarget("JSON") { input in
        guard let value = try? JSONScanner.parse(input) else { return }
        for object in value["objects"]?.elements ?? [] {
            _ = object["oid"]?.text
            _ = object["size"]?.integer
        }
    }

    /// Reads any bytes as safetensors, GGUF, NumPy and PyTorch files, whichever their magic says.
    static let tensors = FuzzTarget("Tensors") { input in
        let source = ByteSource(input)
        for map in [
            TensorMap.read(source), Safetensors.map(source), GGUF.map(source), NumpyArray.map(source),
        ] {
            guard let map else { continue }
            for tensor in map.tensors {
                precondition(tensor.range.upperBound <= input.count, "a tensor lies in its file")
            }
            _ = map.dominant(in: 0..<input.count)
        }
    }
}
