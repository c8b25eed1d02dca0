internal import DataFormats

/// The batch API of Git LFS: which objects travel, and where.
///
/// <https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md>
struct LFSBatch {
    /// An action of an object: where to send or ask, and with which header fields.
    struct Action {
        let href: String
        let headers: [(name: String, value: String)]
    }

    /// What the server says of an object.
    struct Object {
        let oid: Hash256
        let size: Int
        /// `upload`, `download`, `verify`.
        let actions: [String: Action]
        /// Why there is no action where one is needed.
        let error: String?
    }

    /// `basic` or `nacre-chunks`.
    let transfer: String
    let objects: [Object]

    /// The adapter of chunk-transfer.md.
    static let chunkTransfer = "nacre-chunks"
    /// The media type of requests and answers.
    static let mediaType = "application/vnd.git-lfs+json"
    /// The most objects that one request names.
    static let maximumObjects = 100

    /// A request's body.
    static func request(_ operation: String, _ pointers: ArraySlice<Pointer>, ref: String?) -> [UInt8] {
        let objects = pointers.map { "{\"oid\":\"\($0.oid)\",\"size\":\($0.size)}" }.joined(separator: ",")
        let name = ref.map { ",\"ref\":{\"name\":\(quote($0))}" } ?? ""
        return Array(
            ("{\"operation\":\"\(operation)\",\"transfers\":[\"\(chunkTransfer)\",\"basic\"]\(name),"
                + "\"objects\":[\(objects)],\"hash_algo\":\"sha256\"}").utf8)
    }

    /// A JSON string.
    static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            if scalar.value >= 0x20 {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            }
        }
        return result + "\""
    }

    /// Reads an answer; nil where it is none.
    init?(parsing body: [UInt8]) {
        guard let value = try? JSONScanner.parse(body), let list = value["objects"]?.elements else { return nil }
        transfer = value["transfer"]?.text ?? "basic"
        var objects: [Object] = []
        for item in list {
            guard let hex = item["oid"]?.text, let oid = Hash256(hex: hex), let size = item["size"]?.integer else {
                return nil
            }
            var actions: [String: Action] = [:]
            if case .object(let members)? = item["actions"] {
                for member in members {
                    guard let href = member.value["href"]?.text else { continue }
                    let headers = LFSBatch.headers(member.value["header"])
                    actions[member.name] = Action(href: href, headers: headers)
                }
            }
            let error = item["error"].map { $0["message"]?.text ?? "error \($0["code"]?.integer ?? 0)" }
            objects.append(Object(oid: oid, size: size, actions: actions, error: error))
        }
        self.objects = objects
    }

    /// The header fields of an answer that may be sent on.
    static func headers(_ value: JSONValue?) -> [(name: String, value: String)] {
        guard case .object(let fields)? = value else { return [] }
        return fields.compactMap { field in
            guard let text = field.value.text, isSafe(field.name), isSafe(text) else { return nil }
            return (field.name, text)
        }
    }

    /// A header field must not smuggle in another.
    private static func isSafe(_ text: String) -> Bool { !text.utf8.contains { $0 < 0x20 || $0 == 0x7f } }
}
