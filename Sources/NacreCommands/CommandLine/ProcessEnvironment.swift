internal import Glibc

/// The environment as it was when the process started; the only place that reads it.
struct ProcessEnvironment: Sendable {
    /// All variables.
    let variables: [String: String]

    init(_ variables: [String: String]) { self.variables = variables }

    /// This process's environment.
    static func current() -> ProcessEnvironment {
        var variables: [String: String] = [:]
        var pointer = environ
        while let entry = pointer.pointee {
            if let equals = strchr(entry, Int32(UInt8(ascii: "="))) {
                let length = entry.distance(to: equals)
                let name = String(
                    decoding: UnsafeRawBufferPointer(start: entry, count: length), as: UTF8.self)
                if variables[name] == nil { variables[name] = String(cString: equals + 1) }
            }
            pointer += 1
        }
        return ProcessEnvironment(variables)
    }

    subscript(name: String) -> String? { variables[name] }

    /// A variable that is set and not empty.
    func nonEmpty(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// A variable as Git reads a boolean: set to anything but `0`, `false`, `no`, `off` and the empty string.
    func isOn(_ name: String, default fallback: Bool = false) -> Bool {
        guard let value = variables[name] else { return fallback }
        return !["", "0", "false", "no", "off"].contains(value.lowercased())
    }
}
