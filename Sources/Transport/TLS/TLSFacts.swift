/// What is known of a connection under TLS once the handshake is done. Never changes.
package final class TLSFacts: Sendable {
    /// `TLSv1.2` or `TLSv1.3`.
    package let version: String
    /// What is spoken above TLS: what ALPN agreed on, else `http/1.1`.
    package let `protocol`: String
    /// The name that the client asked for.
    package let serverName: String?
    /// Whom the client's verified certificate names, as RFC 2253 writes it; nil without one.
    package let clientSubject: String?
    /// The DNS names of the client's verified certificate, in lower case.
    package let clientDNSNames: [String]
    /// Whether the handshake resumed an earlier session.
    package let isResumed: Bool

    /// Facts by their values.
    package init(
        version: String, protocol: String = "http/1.1", serverName: String? = nil,
        clientSubject: String? = nil, clientDNSNames: [String] = [], isResumed: Bool = false
    ) {
        self.version = version
        self.protocol = `protocol`
        self.serverName = serverName
        self.clientSubject = clientSubject
        self.clientDNSNames = clientDNSNames
        self.isResumed = isResumed
    }
}
