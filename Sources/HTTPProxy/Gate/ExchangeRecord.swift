package import Values

/// What became of one exchange: for the access log, the decision log and metrics.
package struct ExchangeRecord: ~Copyable {
    /// Who gave the answer.
    package enum Source: Sendable {
        /// An upstream.
        case upstream
        /// A local service.
        case local
        /// The gate, through a refusal.
        case gate
        /// The proxy, because of the request; the gate worded it.
        case fault(RequestFault)
        /// The proxy, because of the upstream; the gate worded it.
        case upstreamFailure(UpstreamFailure)
        /// Nobody: the client left first.
        case clientLeft
    }

    /// The name of the exchange.
    package let id: ExchangeID
    /// The tag that the gate left in `RequestEdits`; -1 where it was not asked.
    package let tag: Int
    /// Where the answer came from.
    package let source: Source
    /// The status that was sent; 0 where none was.
    package let status: Int
    /// The `code` of a refusal, or empty.
    package let code: String
    /// The index of the upstream, or nil.
    package let upstream: Int?
    /// Bytes of the request's body that were read, without its framing.
    package let requestBodyBytes: Int
    /// Bytes of the answer's body, without its framing.
    package let responseBodyBytes: Int
    /// Whether the answer was sent to its end.
    package let isComplete: Bool
    /// When the head was complete.
    package let startedAt: UnixTime
    /// Nanoseconds from the complete head to the last byte of the answer.
    package let nanoseconds: UInt64
    /// Nanoseconds from the complete head to the first byte of the upstream's answer, or nil.
    package let nanosecondsToFirstByte: UInt64?
}
