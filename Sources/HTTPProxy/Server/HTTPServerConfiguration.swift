/// Bounds, deadlines and upstreams of one server.
package struct HTTPServerConfiguration: Sendable {
    /// What the server holds requests to.
    package var limits = Limits()
    /// How long it waits.
    package var deadlines = Deadlines()
    /// Where it may forward to; `Admission.forward(to:)` names one by its index.
    package var upstreams: [Upstream]
    /// What the server knows of its neighbours: whom it believes, and its own name.
    package var edge = EdgeSettings()
    /// Whether X-Forwarded-For, -Proto, -Host and -Port are sent to upstreams.
    package var setsForwardedFields = true

    /// A configuration with the default bounds.
    package init(upstreams: [Upstream] = []) {
        self.upstreams = upstreams
    }

    /// Bounds on what clients and upstreams send.
    package struct Limits: Sendable {
        /// Bounds on request heads.
        package var head = HeadScanner.Limits()
        /// Bounds on the heads of upstreams' answers.
        package var responseHead: HeadScanner.Limits
        /// The largest request body.
        package var bodyBytes = 64 * 1024 * 1024
        /// How much of a refused request's body is read and dropped to keep the connection.
        package var drainedBytes = 64 * 1024
        /// How many interim answers (1xx) an upstream may send before the final one.
        package var interimResponses = 16
        /// How many exchanges of one loop may be held or wait for local services.
        package var waitingExchanges = 4096
        /// Bytes of the bodies that one loop collects for local services, all together, without
        /// those of `collectedBytesOfEach`.
        package var collectedBytes = 32 << 20
        /// So much of each body is collected in any case: who fills the rest with large ones keeps
        /// no small one out.
        package var collectedBytesOfEach = 16 * 1024

        /// The default bounds.
        package init() {
            responseHead = HeadScanner.Limits()
            responseHead.fields = 200
        }
    }

    /// How long each thing may take.
    package struct Deadlines: Sendable {
        /// From the connection's start to its first byte.
        package var firstByte = Duration.seconds(10)
        /// From the first byte of a head to its end.
        package var head = Duration.seconds(10)
        /// Between two requests on a connection.
        package var idle = Duration.seconds(75)
        /// The time in which `bodyMinimumBytes` of a request's body must arrive.
        package var bodyWindow = Duration.seconds(10)
        /// How many bytes of a body must arrive in each window.
        package var bodyMinimumBytes = 512
        /// How long a client may take to read half of what waits for it.
        package var write = Duration.seconds(30)
        /// How long a held request waits before it is refused.
        package var hold = Duration.seconds(5)
        /// How long a local service may take.
        package var service = Duration.seconds(60)
        /// How long an idle connection may still bring a request when the server drains.
        package var drain = Duration.milliseconds(500)

        /// The default times.
        package init() {}
    }
}
