/// What `torch.save` writes: a ZIP archive with a pickle that describes tensors and a member for each storage.
///
/// The pickle is never executed: ``PickleMachine`` builds inert nodes of it, in which the few shapes that stand for tensors are
/// recognised. <https://docs.pytorch.org/docs/stable/notes/serialization.html>
enum PyTorchArchive {
    /// A longer pickle is not read: the file counts as plain bytes.
    static let maximumPickleLength = 64 << 20
    static let maximumDepth = 32
    /// How many nodes are looked at: a few for each tensor of the largest models. A file of 700 bytes can name millions.
    static let maximumSteps = 500_000
    static let maximumTensors = 1 << 20

    static func map(_ source: ByteSource, _ directory: ZipDirectory, _ pickle: ZipDirectory.Member) -> TensorMap? {
        guard pickle.method == 0, pickle.range.count <= maximumPickleLength,
            let bytes = source.bytes(at: pickle.range.lowerBound, count: pickle.range.count)
        else { return nil }
        let prefix = String(pickle.name.dropLast("data.pkl".count))
        var storages: [String: Range<Int>] = [:]
        for member in directory.members where member.method == 0 && member.name.hasPrefix(prefix + "data/") {
            storages[String(member.name.dropFirst(prefix.count + 5))] = member.range
        }
        if let order = directory.members.first(where: { $0.name == prefix + "byteorder" }),
            source.bytes(at: order.range.lowerBound, count: min(order.range.count, 8)) == Array("big".utf8)
        {
            return nil
        }
        let tensors = try? PickleMachine.run(bytes) { root in
            var walk = Walk(storages: storages)
            walk.visit(root, path: "", depth: 0)
            return walk.tensors
        }
        return tensors.map { TensorMap(format: .pytorch, tensors: $0) }
    }

    private struct Walk {
        // Recursion is bounded by `maximumDepth`.
        let storages: [String: Range<Int>]
        var tensors: [TensorMap.Tensor] = []
        // Nodes may be shared a thousandfold, or hold themselves: each is entered once for each depth at most this often.
        var steps = 0

        mutating func visit(_ node: PickleNode, path: String, depth: Int) {
            steps += 1
            guard depth < maximumDepth, steps < maximumSteps, tensors.count < maximumTensors else { return }
            if let tensor = tensor(node, name: path) {
                tensors.append(tensor)
                return
            }
            func child(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
            switch node.kind {
            case .dictionary: visitPairs(node.children, depth: depth, child)
            case .list, .tuple:
                for (index, item) in node.children.enumerated() {
                    visit(item, path: child("\(index)"), depth: depth + 1)
                }
            case .call:
                // An ordered dictionary gets its items after its construction; a module keeps its parameters in its state.
                if node.children.first?.globalName == "collections.OrderedDict" {
                    visitPairs(Array(node.children.dropFirst(2)), depth: depth, child)
                } else {
                    for item in node.children.dropFirst() { visit(item, path: path, depth: depth + 1) }
                }
            default: break
            }
        }

        private mutating func visitPairs(_ items: [PickleNode], depth: Int, _ child: (String) -> String) {
            var index = 0
            while index + 1 < items.count {
                let key = items[index].text ?? items[index].integer.map { "\($0)" }
                if let key { visit(items[index + 1], path: child(key), depth: depth + 1) }
                index += 2
            }
        }

        private func tensor(_ node: PickleNode, name: String) -> TensorMap.Tensor? {
            guard case .call = node.kind, node.children.count >= 2, node.children[1].isTuple,
                let function = node.children[0].globalName
            else { return nil }
            let arguments = node.children[1].children
            switch function {
            case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_tensor",
                "torch._utils._rebuild_qtensor":
                return view(arguments, name: name)
            case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
                return arguments.first.flatMap { tensor($0, name: name) }
            case "torch._tensor._rebuild_from_type_v2":
                guard arguments.count >= 3 else { return nil }
                let inner = PickleNode(.call, [arguments[0], arguments[2]])
                return inner.children[0].globalName == function ? nil : tensor(inner, name: name)
            default: return nil
            }
        }

        private func view(_ arguments: [PickleNode], name: String) -> TensorMap.Tensor? {
            guard arguments.count >= 4, case .persistent = arguments[0].kind,
                let id = arguments[0].children.first, id.isTuple, id.children.count >= 5,
                id.children[0].text == "storage",
                let type = PyTorchArchive.type(id.children[1].globalName ?? ""), let key = id.children[2].text,
                let storage = storages[key], let offset = arguments[1].integer, offset >= 0,
                arguments[2].isTuple, arguments[2].children.count <= TensorMap.maximumRank
            else { return nil }
            var shape: [Int] = []
            for extent in arguments[2].children {
                guard let value = extent.integer, value >= 0 else { return nil }
                shape.append(value)
            }
            let probe = TensorMap.Tensor(name: name, type: type, shape: shape, range: 0..<0)
            // A view with strides of its own may reach further than its elements; its bytes are then the storage's rest.
            guard let count = probe.elementCount, type.width > 0, offset <= storage.count / type.width else {
                return nil
            }
            let start = storage.lowerBound + offset * type.width
            let room = (storage.upperBound - start) / type.width
            return .init(name: name, type: type, shape: shape, range: start..<start + min(count, room) * type.width)
        }
    }

    private static func type(_ storage: String) -> DataType? {
        switch storage {
        case "torch.FloatStorage": .float32
        case "torch.DoubleStorage": .float64
        case "torch.HalfStorage": .float16
        case "torch.BFloat16Storage": .bfloat16
        case "torch.LongStorage": .int64
        case "torch.IntStorage": .int32
        case "torch.ShortStorage": .int16
        case "torch.CharStorage", "torch.QInt8Storage": .int8
        case "torch.ByteStorage", "torch.QUInt8Storage": .uint8
        case "torch.BoolStorage": .bool
        case "torch.ComplexFloatStorage": .complex64
        case "torch.ComplexDoubleStorage": .complex128
        default: nil
        }
    }
}
