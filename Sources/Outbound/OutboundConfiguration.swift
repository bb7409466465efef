/// The bounds and the trust of an `OutboundClient`.
package struct OutboundConfiguration: Sendable {
    /// Calls under way at the same time.
    package var maxInFlight: Int
    /// Calls that wait for their turn; one more is refused.
    package var maxQueued: Int
    /// How long connecting may take, TLS handshake included, within the call's deadline.
    package var connectTimeout: Duration
    /// A connection is used again only this long after its last answer. Logto closes idle ones
    /// after about 6 s; a request that meets the close would be lost.
    package var maxIdle: Duration
    /// The certificates that are trusted instead of the system's, as a PEM file.
    package var caFile: String?
    /// Whether `http` addresses beyond loopback are allowed.
    package var allowsClearText: Bool
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` of the environment count.
    package var usesEnvironmentProxy: Bool

    package init(
        maxInFlight: Int = 16, maxQueued: Int = 256, connectTimeout: Duration = .seconds(3),
        maxIdle: Duration = .seconds(4), caFile: String? = nil, allowsClearText: Bool = false,
        usesEnvironmentProxy: Bool = false
    ) {
        self.maxInFlight = max(1, maxInFlight)
        self.maxQueued = max(0, maxQueued)
        self.connectTimeout = connectTimeout
        self.maxIdle = maxIdle
        self.caFile = caFile
        self.allowsClearText = allowsClearText
        self.usesEnvironmentProxy = usesEnvironmentProxy
    }
}
