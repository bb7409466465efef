import Values

/// What is removed and kept on one route, and how long things may take on it, worked out when the
/// policies are loaded.
package final class ForwardRules: Sendable {
    /// Request headers to remove besides the ones removed everywhere.
    package let removedRequestNames: HeaderNameSet
    /// Whether the client's `Authorization` goes on to the upstream.
    package let keepsAuthorization: Bool
    /// Response headers to remove besides the ones removed everywhere.
    package let removedResponseNames: HeaderNameSet
    /// Times that take the place of the upstream's.
    package let timeouts: Timeouts
    /// The largest request body; nil: as the server says.
    package let maxBodyBytes: Int?

    /// The times in nanoseconds: arithmetic on `Duration` is too much for each request.
    let connectTime: UInt64?
    let responseTime: UInt64?
    let bodyIdleTime: UInt64?
    let totalTime: UInt64?

    /// Nothing removed besides the ones removed everywhere; `Authorization` is.
    package static let standard = ForwardRules()

    /// Times of a route; nil: as the upstream says.
    package struct Timeouts: Sendable, Equatable {
        /// How long connecting to one address may take.
        package var connect: Duration?
        /// How long it may take from the end of the request to the first byte of the answer.
        package var response: Duration?
        /// How long the upstream may send nothing in the middle of an answer.
        package var bodyIdle: Duration?
        /// How long an exchange may take from the decision to the last byte.
        package var total: Duration?

        /// Times by their parts.
        package init(
            connect: Duration? = nil, response: Duration? = nil, bodyIdle: Duration? = nil,
            total: Duration? = nil
        ) {
            self.connect = connect
            self.response = response
            self.bodyIdle = bodyIdle
            self.total = total
        }
    }

    /// Rules by their parts.
    package init(
        removedRequestNames: [String] = [], keepsAuthorization: Bool = false,
        removedResponseNames: [String] = [], timeouts: Timeouts = Timeouts(),
        maxBodyBytes: Int? = nil
    ) {
        self.removedRequestNames = HeaderNameSet(names: removedRequestNames)
        self.keepsAuthorization = keepsAuthorization
        self.removedResponseNames = HeaderNameSet(names: removedResponseNames)
        self.timeouts = timeouts
        self.maxBodyBytes = maxBodyBytes
        connectTime = timeouts.connect?.clampedNanoseconds
        responseTime = timeouts.response?.clampedNanoseconds
        bodyIdleTime = timeouts.bodyIdle?.clampedNanoseconds
        totalTime = timeouts.total?.clampedNanoseconds
    }
}
