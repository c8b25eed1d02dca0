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

    /// Reads any bytes as CSV, TSV, JSON Lines and notebooks, and compares their first half with the second.
    static let tables = FuzzTarget("Tables") { input in
        if let notebook = Notebook(parsing: input) { _ = notebook.difference(notebook) }
        let middle = input.count / 2
        let halves = [input[..<middle], input[middle...]].map { Array($0) }
        guard let format = TableFormat.sniff(halves[0], isWhole: true) else { return }
        var comparison = TableComparison(
            format, old: format.columns(halves[0], isWhole: true), new: format.columns(halves[1], isWhole: true))
        for (side, half) in zip([TableComparison.Side.old, .new], halves) {
            precondition(format.rowStarts(in: half).allSatisfy { $0 <= half.count }, "rows begin in the bytes")
            half.withUnsafeBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let end = format.end(of: bytes, from: offset) ?? bytes.count
                    precondition(end > offset && end <= bytes.count, "a row has bytes, and lies in them")
                    comparison.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), to: side)
                    offset = end
                }
            }
        }
        _ = comparison.finish().lines()
    }
}
