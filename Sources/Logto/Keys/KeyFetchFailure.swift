package import Outbound

/// Why an issuer's keys could not be fetched. The keys that are there stay in use.
package struct KeyFetchFailure: Error, Equatable, Sendable {
    /// Kinds of failures.
    package enum Reason: Hashable, Sendable {
        /// The call itself failed.
        case call(OutboundFailure.Kind)
        /// The status is not 200, and not a 304 that we asked for.
        case status
        /// The body is not announced as what it should be.
        case mediaType
        /// The body is not what it should be.
        case malformed
        /// The set holds no key that can be used.
        case empty
        /// The discovery document speaks for another issuer.
        case discoveryIssuer
        /// The discovery document points to another host.
        case discoveryOrigin
        /// The pinned key file cannot be read or is not trusted.
        case file
    }

    /// The kind of failure.
    package let reason: Reason
    /// More about it, for the log.
    package let detail: String
    /// How long the issuer asked us to wait.
    package let retryAfter: Duration?

    init(_ reason: Reason, _ detail: String = "", retryAfter: Duration? = nil) {
        self.reason = reason
        self.detail = detail
        self.retryAfter = retryAfter
    }

    init(_ failure: OutboundFailure) {
        self.init(.call(failure.kind), failure.detail)
    }

    /// Stable name: log field and metric label.
    package var code: String {
        switch reason {
        case .call(let kind): kind.rawValue
        case .status: "answer-status"
        case .mediaType: "answer-media-type"
        case .malformed: "answer-malformed"
        case .empty: "keys-empty"
        case .discoveryIssuer: "discovery-issuer"
        case .discoveryOrigin: "discovery-origin"
        case .file: "key-file"
        }
    }
}
