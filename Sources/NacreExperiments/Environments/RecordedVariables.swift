/// Which environment variables a run records, and with what care.
public enum RecordedVariables {
    /// Variables that change what a training run computes.
    private static let common = [
        "CUDA_*", "NCCL_*", "OMP_*", "MKL_*", "OPENBLAS_*", "PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG",
        "TF_DETERMINISTIC_OPS",
        "TORCH_*", "XLA_*", "JAX_*", "SLURM_JOB_ID", "SLURM_NNODES", "RANK", "WORLD_SIZE", "LOCAL_RANK", "VIRTUAL_ENV",
        "CONDA_DEFAULT_ENV",
    ]
    /// Parts of names whose values are never recorded.
    private static let secret = [
        "TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "API_KEY", "ACCESS_KEY", "PRIVATE", "CREDENTIAL", "AUTH",
        "COOKIE",
        "SESSION",
    ]

    /// What is put in a masked value's place.
    public static let mask = "********"

    /// The variables to be recorded, in order, values that look like secrets masked.
    public static func select(from environment: [String: String], wanted: [String]) -> ValueObject {
        var result = ValueObject()
        for name in environment.keys.sorted() {
            guard (common + wanted).contains(where: { matches(name, $0) }), let value = environment[name] else {
                continue
            }
            let upper = name.uppercased()
            // Names on the deny list are left out even when they are asked for.
            if secret.contains(where: { upper.contains($0) }) { continue }
            result[name] = .string(looksSecret(value) ? mask : value)
        }
        return result
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// Whether a value looks like a token: a known prefix, credentials in a URL, or a long word of mixed letters and digits.
    static func looksSecret(_ value: String) -> Bool {
        let prefixes = [
            "hf_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk-", "xox", "AKIA", "ASIA", "eyJ", "-----BEGIN",
        ]
        if prefixes.contains(where: { value.hasPrefix($0) }) { return true }
        if let scheme = value.range(of: "://"), value[scheme.upperBound...].contains("@") { return true }
        let bytes = Array(value.utf8)
        guard bytes.count >= 32, bytes.allSatisfy({ isWord($0) }) else { return false }
        let digits = bytes.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits >= 4 && digits < bytes.count
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}

extension String {
    /// Where another text stands first.
    func range(of other: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}
