/// Why a call gave no answer, and whether it may have had an effect all the same.
package struct OutboundFailure: Error, Equatable, Sendable {
    /// What went wrong.
    package enum Kind: String, CaseIterable, Sendable {
        /// The request cannot be sent: its address or a header field is not allowed.
        case invalidRequest = "request-invalid"
        /// As many calls wait as may wait.
        case overloaded = "outbound-overloaded"
        /// The client was shut down.
        case stopped = "outbound-stopped"
        /// The caller's task was cancelled.
        case cancelled = "call-cancelled"
        /// The name is unknown or nobody accepts connections.
        case unreachable = "peer-unreachable"
        /// The TLS handshake failed: certificate, name, protocol version.
        case untrusted = "peer-untrusted"
        /// The deadline passed.
        case timedOut = "call-timed-out"
        /// The connection ended before the answer was complete.
        case interrupted = "call-interrupted"
        /// The answer is longer than allowed.
        case answerTooLarge = "answer-too-large"
        /// The answer is not HTTP as we read it.
        case malformedAnswer = "answer-malformed"
    }

    /// What the peer may have done.
    package enum Outcome: Sendable {
        /// Not one byte of the request was sent.
        case notSent
        /// The request, or part of it, was sent: the peer may have acted on it.
        case unknown
    }

    /// What went wrong.
    package let kind: Kind
    /// What the peer may have done.
    package let outcome: Outcome
    /// More about it, for the log: never part of the request's headers, query or body.
    package let detail: String

    package init(_ kind: Kind, _ outcome: Outcome, _ detail: String = "") {
        self.kind = kind
        self.outcome = outcome
        self.detail = detail
    }

    /// Stable name: log field and metric label.
    package var code: String { kind.rawValue }
}
