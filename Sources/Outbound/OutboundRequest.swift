package import Values

/// One request to somebody else's HTTP service.
package struct OutboundRequest: Sendable {
    /// The method.
    package var method: HTTPMethod
    /// An absolute `https` address, or `http` where the client's configuration allows it; no user
    /// information, no fragment.
    package var url: String
    /// Header fields. `Host`, framing and `User-Agent` are the client's own.
    package var headers: HeaderList
    /// The body, or nil for a request without one.
    package var body: [UInt8]?
    /// How long the whole call may take: waiting for its turn, connecting, sending, the answer.
    package var deadline: Duration
    /// How many bytes of body the answer may have.
    package var maxResponseBytes: Int

    package init(
        _ method: HTTPMethod, _ url: String, headers: HeaderList = [:], body: [UInt8]? = nil,
        deadline: Duration = .seconds(10), maxResponseBytes: Int = 1_048_576
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.maxResponseBytes = maxResponseBytes
    }
}
