internal import CCurl
internal import GitProtocol

/// One request on its way: what libcurl's callbacks work on, all from the thread that makes the request.
final class HTTPExchange {
    /// What ends a request from within a body being sent (`CURL_READFUNC_ABORT`).
    static let abort = 0x1000_0000

    private(set) var response: HTTPResponse
    private(set) var failure: (any Error)?
    private var isHeadComplete = false
    private let sink: (HTTPResponse, [UInt8]) throws -> Void
    private let body: HTTPRequest.Body
    private var pending: ArraySlice<UInt8> = []
    private var isSourceAtEnd = false

    init(_ request: HTTPRequest, sink: @escaping (HTTPResponse, [UInt8]) throws -> Void) {
        response = HTTPResponse(url: request.url)
        body = request.body
        self.sink = sink
        if case .bytes(let bytes) = request.body { pending = bytes[...] }
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> HTTPExchange? {
        context.map { Unmanaged<HTTPExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// One header line; a status line starts a new answer (after 100, after a proxy's, after a question for a password).
    func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        var text = Substring(decoding: bytes, as: UTF8.self)
        while let last = text.unicodeScalars.last, last == "\r" || last == "\n" { text.unicodeScalars.removeLast() }
        if text.hasPrefix("HTTP/") {
            response = HTTPResponse(url: response.url)
            let fields = text.split(separator: " ", maxSplits: 2)
            response.status = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
        } else if let colon = text.firstIndex(of: ":"), response.headers.count < 1000 {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            response.headers.append((String(text[..<colon]), String(value)))
        }
        return bytes.count
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard response.isSuccess else {
            let room = HTTPResponse.errorBodyLimit - response.errorBody.count
            response.errorBody.append(contentsOf: bytes.prefix(room))
            return bytes.count
        }
        do {
            try sink(response, [UInt8](bytes))
            return bytes.count
        } catch {
            failure = error
            return bytes.isEmpty ? 1 : 0
        }
    }

    func giveBody(_ target: UnsafeMutableRawBufferPointer) -> Int {
        if pending.isEmpty, !isSourceAtEnd, case .stream(_, let source) = body {
            do {
                pending = try source()[...]
                isSourceAtEnd = pending.isEmpty
            } catch {
                failure = error
                return HTTPExchange.abort
            }
        }
        let count = min(pending.count, target.count)
        target.copyBytes(from: pending.prefix(count))
        pending = pending.dropFirst(count)
        return count
    }

    /// libcurl sends a body again when a kept connection turns out to be dead, or a server asks who we are.
    func rewind(to offset: Int64, origin: Int32) -> Bool {
        guard offset == 0, origin == 0, case .bytes(let bytes) = body else { return false }
        pending = bytes[...]
        return true
    }
}
