package import Transport
package import Values

/// A service of this process that answers whole requests: admin endpoints, self-service, the
/// emulator.
package protocol LocalService: AnyObject, Sendable {
    /// The largest body that it takes; a larger one is answered 413 before the service is asked.
    var bodyLimit: Int { get }

    /// Takes the request. Called on the loop: work that may wait goes elsewhere, the responder with
    /// it.
    func respond(to request: LocalRequest, _ responder: consuming Responder)
}

/// A whole request, copied out of the loop's buffers.
package struct LocalRequest: Sendable {
    /// The method.
    package let method: HTTPMethod
    /// The path as it was sent, in its normal form, without the query.
    package let path: String
    /// What stands behind the `?`, as it was sent.
    package let query: String?
    /// The fields as they were sent, protected ones removed, with what the gate added behind them.
    package let headers: HeaderList
    /// The body, without its framing.
    package let body: [UInt8]
    /// The name of the exchange.
    package let requestID: RequestID
    /// Who sent it: the other end of the connection, or whom trusted proxies name.
    package let peer: SocketAddress
    /// Whether the client speaks TLS: to us, or as a trusted proxy says, to it.
    package let isSecure: Bool
    /// The time at which the head was complete.
    package let receivedAt: UnixTime

    /// A request by its parts.
    package init(
        method: HTTPMethod, path: String, query: String?, headers: HeaderList, body: [UInt8],
        requestID: RequestID, peer: SocketAddress, isSecure: Bool = false, receivedAt: UnixTime
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.requestID = requestID
        self.peer = peer
        self.isSecure = isSecure
        self.receivedAt = receivedAt
    }
}

/// A whole answer. Content-Length, Date and Connection are added by the proxy.
package struct LocalResponse: Sendable {
    /// The status.
    package var status: Int
    /// The fields besides the ones that the proxy adds.
    package var headers: HeaderList
    /// The body; not sent in answer to HEAD and with 204 and 304.
    package var body: [UInt8]

    /// An answer by its parts.
    package init(status: Int, headers: HeaderList = HeaderList(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
