internal import Bytes
internal import Glibc
internal import SystemPackage

/// The machine that a run happened on, read from the system's own files.
public enum Machine {
    /// Operating system, kernel, processor, memory, graphics cards and container, as a mapping.
    public static func describe(container: String?) -> Value {
        var result = ValueObject()
        var names = utsname()
        uname(&names)
        result["host"] = .string(text(&names.nodename))
        result["system"] = .string(osName ?? text(&names.sysname))
        result["kernel"] = .string(text(&names.release))
        result["architecture"] = .string(text(&names.machine))
        if let model = field("model name", in: "/proc/cpuinfo") { result["processor"] = .string(model) }
        result["processors"] = .integer(Int64(Workers.processorCount))
        if let memory = field("MemTotal", in: "/proc/meminfo")?.split(separator: " ").first,
            let kilobytes = Int64(memory)
        {
            result["memory"] = .integer(kilobytes * 1024)
        }
        let cards = graphicsCards
        if !cards.isEmpty { result["graphics"] = .array(cards) }
        if let container {
            result["container"] = .string(container)
        } else if exists("/.dockerenv") || exists("/run/.containerenv") {
            result["container"] = .bool(true)
        }
        return .object(result)
    }

    private static func exists(_ path: FilePath) -> Bool { ((try? FileStatus.of(path)) ?? nil) != nil }

    private static func text<T>(_ field: inout T) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func lines(_ path: FilePath) -> [Substring] {
        guard let bytes = try? Files.readIfPresent(path, limit: 1 << 22) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    private static func field(_ name: String, in path: FilePath) -> String? {
        for line in lines(path) where line.hasPrefix(name) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        }
        return nil
    }

    private static var osName: String? {
        for line in lines("/etc/os-release") where line.hasPrefix("PRETTY_NAME=") {
            return String(line.dropFirst(12).filter { $0 != "\"" })
        }
        return nil
    }

    /// Each card's name, driver and memory, where NVIDIA's tool is installed.
    private static var graphicsCards: [Value] {
        guard exists("/proc/driver/nvidia/version") else { return [] }
        var request = ChildProcess.Request(
            "nvidia-smi", ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"])
        request.output = .pipe
        request.error = .null
        guard let result = try? ChildProcess.run(request, input: []), result.status.isSuccess else { return [] }
        return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map { line in
            let parts = line.split(separator: ",").map { String($0.drop { $0 == " " }) }
            var card: ValueObject = ["name": .string(parts.first ?? "")]
            if parts.count > 1 { card["driver"] = .string(parts[1]) }
            if parts.count > 2 { card["memory"] = .string(parts[2]) }
            return .object(card)
        }
    }
}
