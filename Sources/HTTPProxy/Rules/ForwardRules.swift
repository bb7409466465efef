import Values

/// What is removed and kept on one route, worked out when the policies are loaded.
package final class ForwardRules: Sendable {
    /// Request headers to remove besides the ones removed everywhere.
    package let removedRequestNames: HeaderNameSet
    /// Whether the client's `Authorization` goes on to the upstream.
    package let keepsAuthorization: Bool
    /// Response headers to remove besides the ones removed everywhere.
    package let removedResponseNames: HeaderNameSet
    /// How long the upstream may take for the first byte; nil: as the upstream says.
    package let responseTimeout: Duration?
    /// The same in nanoseconds.
    let responseTime: UInt64?
    /// The largest request body; nil: as the server says.
    package let maxBodyBytes: Int?

    /// Nothing removed besides the ones removed everywhere; `Authorization` is.
    package static let standard = ForwardRules()

    /// Rules by their parts.
    package init(
        removedRequestNames: [String] = [], keepsAuthorization: Bool = false,
        removedResponseNames: [String] = [], responseTimeout: Duration? = nil,
        maxBodyBytes: Int? = nil
    ) {
        self.removedRequestNames = HeaderNameSet(names: removedRequestNames)
        self.keepsAuthorization = keepsAuthorization
        self.removedResponseNames = HeaderNameSet(names: removedResponseNames)
        self.responseTimeout = responseTimeout
        responseTime = responseTimeout?.clampedNanoseconds
        self.maxBodyBytes = maxBodyBytes
    }
}
