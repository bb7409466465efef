import Documents

/// How long an upstream may take and how much a client may send, where a policy says so.
///
/// What is nil is as `gatehouse.yaml` says; what a route says wins over its file.
package struct TrafficBounds: Sendable, Equatable {
    /// The longest that connecting may take.
    package var connect: Duration?
    /// From the end of the request to the first byte of the answer.
    package var response: Duration?
    /// Between two parts of the answer's body.
    package var idle: Duration?
    /// From the decision to the end of the answer.
    package var total: Duration?
    /// The largest request body, in bytes.
    package var maxBodyBytes: Int?

    /// Nothing said.
    package init() {}

    /// These, and what they leave open from others.
    func over(_ others: TrafficBounds) -> TrafficBounds {
        var result = self
        result.connect = connect ?? others.connect
        result.response = response ?? others.response
        result.idle = idle ?? others.idle
        result.total = total ?? others.total
        result.maxBodyBytes = maxBodyBytes ?? others.maxBodyBytes
        return result
    }
}

/// `timeouts` and `max_body` as a policy or a route says them.
struct TrafficDeclaration: Sendable {
    var bounds = TrafficBounds()
    /// Where `max_body` is written.
    var maxBody: SourceSpan?
}
