package import Hummingbird
internal import Logging
internal import NIOCore

/// The connection that a request came in on.
package struct Connection: InitializableFromSource {
    /// The channel, for its address and to close it.
    let channel: any Channel
    /// Logs with the request's id.
    let logger: Logger

    package init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }
}
