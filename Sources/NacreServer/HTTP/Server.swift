internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle
package import SystemPackage

#if TLS
    internal import HummingbirdTLS
    internal import NIOSSL
#endif

/// The server: listens, answers, maintains, and ends when it is asked to.
package struct Server: Sendable {
    private let host: Host
    private let options: ServerOptions

    /// Opens everything that requests need.
    package init(options: ServerOptions, logger: Logger) throws {
        self.options = options
        host = try Host(options: options, logger: logger, now: { Int64(time(nil)) })
    }

    /// Serves until SIGTERM or SIGINT; requests that are being answered then are answered to their end.
    ///
    /// - Parameter didStart: called with the address once connections are taken.
    package func run(didStart: @escaping @Sendable (_ url: String) -> Void) async throws {
        let scheme = options.certificate == nil ? "http" : "https"
        let name = options.host.contains(":") ? "[\(options.host)]" : options.host
        let child = HTTP1Channel.Configuration(
            idleTimeout: .seconds(options.idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))
        let application = Application(
            responder: Responder(host: host), server: try builder(.http1(configuration: child)),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "nacre-server"),
            services: [StopWatcher(host: host), MaintenanceService(host: host)],
            onServerRunning: { channel in
                didStart("\(scheme)://\(name):\(channel.localAddress?.port ?? 0)")
            }, logger: host.logger)
        try await application.runService()
        try await host.work.shutdown()
    }

    private func builder(_ plain: HTTPServerBuilder) throws -> HTTPServerBuilder {
        guard let certificate = options.certificate else { return plain }
        #if TLS
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain.string)
            let key = try NIOSSLPrivateKey(file: certificate.key.string, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(plain, tlsConfiguration: configuration)
        #else
            throw ServerError.noTLS(certificate.chain)
        #endif
    }
}

/// Tells the readiness endpoint that the server is about to end, so that a balancer sends nothing new.
private struct StopWatcher: Service {
    let host: Host

    func run() async throws {
        try? await gracefulShutdown()
        _ = host.isStopping.set()
    }
}

/// Why the server cannot serve.
package enum ServerError: Error, CustomStringConvertible {
    /// It was built without TLS.
    case noTLS(FilePath)

    package var description: String {
        switch self {
        case .noTLS(let path):
            "cannot use '\(path)': this nacre-server was built without TLS (build it with --traits TLS, or put nginx before it)"
        }
    }
}
