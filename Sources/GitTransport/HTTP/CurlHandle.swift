internal import CCurl
internal import SystemPackage

/// One libcurl handle with its connections. Used by one request at a time.
final class CurlHandle: @unchecked Sendable {
    // Unchecked: HTTPClient gives a handle to one request at a time.
    private let pointer: UnsafeMutableRawPointer

    init?() {
        guard let pointer = nacre_curl_new() else { return nil }
        self.pointer = pointer
    }

    deinit { nacre_curl_free(pointer) }

    /// Makes one request, without following where its answer leads.
    func perform(_ request: HTTPRequest, _ options: HTTPOptions, _ exchange: HTTPExchange) throws {
        nacre_curl_reset(pointer)
        let headers = configure(request, options)
        defer { nacre_curl_list_free(headers) }
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        attach(context, request)
        let code = withExtendedLifetime(exchange) { nacre_curl_perform(pointer) }
        if let failure = exchange.failure { throw failure }
        guard code == 0 else {
            let reason = String(cString: nacre_curl_error(code))
            throw HTTPError(.transfer(code), url: request.url, reason: reason)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        _ = nacre_curl_set_number(pointer, Int32(option.rawValue), value)
    }

    private func set(_ option: CURLoption, _ value: String?) {
        guard let value else { return }
        _ = nacre_curl_set_text(pointer, Int32(option.rawValue), value)
    }

    private func attach(_ context: UnsafeMutableRawPointer, _ request: HTTPRequest) {
        func take(_ option: CURLoption, _ data: CURLoption, _ function: @escaping nacre_curl_take) {
            _ = nacre_curl_set_take(pointer, Int32(option.rawValue), function)
            _ = nacre_curl_set_pointer(pointer, Int32(data.rawValue), context)
        }
        take(CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA) { bytes, size, count, context in
            HTTPExchange.of(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        take(CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA) { bytes, size, count, context in
            HTTPExchange.of(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        take(CURLOPT_READFUNCTION, CURLOPT_READDATA) { bytes, size, count, context in
            HTTPExchange.of(context)?.giveBody(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                ?? HTTPExchange.abort
        }
        _ = nacre_curl_set_seek(pointer) { context, offset, origin in
            HTTPExchange.of(context)?.rewind(to: offset, origin: origin) == true ? 0 : 2
        }
        _ = nacre_curl_set_pointer(pointer, Int32(CURLOPT_SEEKDATA.rawValue), context)
    }

    private func configure(_ request: HTTPRequest, _ options: HTTPOptions) -> UnsafeMutableRawPointer? {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP and HTTPS, nothing else whatever the URL says.
        set(CURLOPT_PROTOCOLS, 3)
        set(CURLOPT_USERAGENT, options.userAgent)
        set(CURLOPT_SSL_VERIFYPEER, options.verifiesCertificate ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, options.verifiesCertificate ? 2 : 0)
        set(CURLOPT_CAINFO, options.authorityFile?.string)
        set(CURLOPT_CAPATH, options.authorityDirectory?.string)
        set(CURLOPT_SSLCERT, options.certificate?.string)
        set(CURLOPT_SSLKEY, options.key?.string)
        set(CURLOPT_PROXY, options.proxy)
        set(CURLOPT_COOKIEFILE, options.cookieFile?.string)
        if options.savesCookies { set(CURLOPT_COOKIEJAR, options.cookieFile?.string) }
        set(CURLOPT_LOW_SPEED_LIMIT, options.lowSpeedLimit)
        set(CURLOPT_LOW_SPEED_TIME, options.lowSpeedTime)
        set(CURLOPT_BUFFERSIZE, 262_144)
        if request.acceptsCompression { set(CURLOPT_ACCEPT_ENCODING, "") }
        switch options.version {
        case "HTTP/1.1": set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case "HTTP/2": set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_0))
        default: break
        }
        set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
        authenticate(request.authentication)
        var lines =
            options.extraHeaders + request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if case .field(let value) = request.authentication { lines.append("Authorization: \(value)") }
        // libcurl would wait a second for "100 Continue" that most servers do not send.
        lines.append("Expect:")
        configureBody(request, &lines)
        var list: UnsafeMutableRawPointer?
        for line in lines where !line.contains(where: { $0.isNewline }) {
            list = nacre_curl_list_append(list, line) ?? list
        }
        _ = nacre_curl_set_pointer(pointer, Int32(CURLOPT_HTTPHEADER.rawValue), list)
        return list
    }

    private func authenticate(_ authentication: HTTPAuthentication) {
        switch authentication {
        case .none, .field: break
        case .basic(let user, let password):
            set(CURLOPT_HTTPAUTH, 1)
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .any(let user, let password):
            // Every scheme that libcurl knows (CURLAUTH_ANY).
            set(CURLOPT_HTTPAUTH, ~16)
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        }
    }

    private func configureBody(_ request: HTTPRequest, _ lines: inout [String]) {
        var length: Int64? = 0
        switch request.body {
        case .none: length = request.method == "POST" || request.method == "PUT" ? 0 : -1
        case .bytes(let bytes): length = Int64(bytes.count)
        case .stream(let given, _): length = given
        }
        if length == -1 {
            switch request.method {
            case "GET": set(CURLOPT_HTTPGET, 1)
            case "HEAD": set(CURLOPT_NOBODY, 1)
            default: set(CURLOPT_CUSTOMREQUEST, request.method)
            }
            return
        }
        if request.method == "PUT" {
            set(CURLOPT_UPLOAD, 1)
            if let length { _ = nacre_curl_set_offset(pointer, Int32(CURLOPT_INFILESIZE_LARGE.rawValue), length) }
        } else {
            set(CURLOPT_POST, 1)
            if let length { _ = nacre_curl_set_offset(pointer, Int32(CURLOPT_POSTFIELDSIZE_LARGE.rawValue), length) }
            if request.method != "POST" { set(CURLOPT_CUSTOMREQUEST, request.method) }
        }
        if length == nil { lines.append("Transfer-Encoding: chunked") }
    }
}
