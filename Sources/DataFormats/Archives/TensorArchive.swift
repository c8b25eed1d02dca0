/// ZIP archives of tensors: NumPy's `.npz` and PyTorch's `.pt`, told apart by their members' names.
enum TensorArchive {
    static func map(_ source: ByteSource) -> TensorMap? {
        guard let directory = ZipDirectory(source) else { return nil }
        if let pickle = directory.members.first(where: { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }) {
            return PyTorchArchive.map(source, directory, pickle)
        }
        guard !directory.members.isEmpty, directory.members.allSatisfy({ $0.name.hasSuffix(".npy") }) else {
            return nil
        }
        var tensors: [TensorMap.Tensor] = []
        for member in directory.members where member.method == 0 {
            let name = String(member.name.dropLast(4))
            if let tensor = NumpyArray.tensor(
                source, at: member.range.lowerBound, end: member.range.upperBound, name: name)
            {
                tensors.append(tensor)
            }
        }
        return TensorMap(format: .npz, tensors: tensors)
    }
}
