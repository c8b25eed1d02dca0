internal import Bytes
internal import GitObjects
internal import Glibc
internal import SystemPackage

/// A filter's process that stays for many files, spoken to in Git's long-running filter protocol, version 2.
///
/// Not thread-safe: ``FilterProcesses`` lets one conversation run at a time.
final class FilterProcess {
    private var child: ChildProcess
    private(set) var capabilities: Set<String> = []
    var isBroken = false

    /// What went wrong in a conversation.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts the process and agrees on version and capabilities.
    init(_ command: String, workTree: FilePath, environment: [String]?) throws {
        var request = ChildProcess.Request(shell: command)
        request.workingDirectory = workTree
        request.environment = environment
        request.input = .pipe
        request.output = .pipe
        child = try ChildProcess(request)
        try send(["git-filter-client", "version=2"])
        guard try receiveLines() == ["git-filter-server", "version=2"] else {
            throw Failure(description: "unexpected answer of filter process '\(command)'")
        }
        try send(["capability=clean", "capability=smudge"])
        for line in try receiveLines() where line.hasPrefix("capability=") {
            capabilities.insert(String(line.dropFirst(11)))
        }
    }

    deinit { child.closeInput() }

    /// One file. Nil where the filter says that it cannot or will not.
    func filter(_ command: String, path: GitPath, content: [UInt8], id: ObjectID?) throws -> [UInt8]? {
        var packets: [[UInt8]] = [
            Array("command=\(command)\n".utf8), Array("pathname=".utf8) + path.bytes + [10],
        ]
        if let id { packets.append(Array("blob=\(id.hex)\n".utf8)) }
        var request: [UInt8] = []
        for packet in packets { FilterProcess.append(packet[...], to: &request) }
        request += Array("0000".utf8)
        try write(request)
        var start = 0
        while start < content.count {
            var piece: [UInt8] = []
            let end = min(start + 65516, content.count)
            FilterProcess.append(content[start..<end], to: &piece)
            try write(piece)
            start = end
        }
        try write(Array("0000".utf8))
        guard let status = try receiveStatus() else { throw Failure(description: "filter process gave no status") }
        guard status == "success" else {
            if status == "abort" { capabilities.remove(command) }
            return nil
        }
        var output: [UInt8] = []
        while let packet = try receive() { output += packet }
        // An empty list keeps the status; another one replaces it.
        if let late = try receiveStatus(), late != "success" {
            if late == "abort" { capabilities.remove(command) }
            return nil
        }
        return output
    }

    private func receiveStatus() throws -> String? {
        try receiveLines().last { $0.hasPrefix("status=") }.map { String($0.dropFirst(7)) }
    }

    private static func append(_ payload: ArraySlice<UInt8>, to output: inout [UInt8]) {
        let size = String(payload.count + 4, radix: 16)
        output += Array((String(repeating: "0", count: 4 - size.count) + size).utf8)
        output += payload
    }

    private func send(_ lines: [String]) throws {
        var bytes: [UInt8] = []
        for line in lines { FilterProcess.append(Array("\(line)\n".utf8)[...], to: &bytes) }
        try write(bytes + Array("0000".utf8))
    }

    private func receiveLines() throws -> [String] {
        var lines: [String] = []
        while var packet = try receive() {
            if packet.last == 10 { packet.removeLast() }
            lines.append(String(decoding: packet, as: UTF8.self))
            guard lines.count < 1024 else { throw Failure(description: "filter process says too much") }
        }
        return lines
    }

    /// One packet; nil for a flush.
    private func receive() throws -> [UInt8]? {
        let head = try read(4)
        guard let digits = Hex.decode(head) else { throw Failure(description: "filter process broke the protocol") }
        let size = Int(digits[0]) << 8 | Int(digits[1])
        if size == 0 { return nil }
        guard size >= 4 else { throw Failure(description: "filter process broke the protocol") }
        return try read(size - 4)
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = result.withUnsafeMutableBytes {
                Glibc.read(child.output, $0.baseAddress! + filled, count - filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { throw Failure(description: "filter process ended early") }
            filled += got
        }
        return result
    }

    private func write(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Pipe.write(child.input, $0) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure(description: "filter process does not listen") }
            written += count
        }
    }
}
