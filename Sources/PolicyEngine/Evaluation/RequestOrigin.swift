/// Where a request comes from, as far as a policy may read it. Made only where a route reads it.
package struct RequestOrigin: Sendable, Equatable {
    /// The client's address; nil for a client of a socket in the file system.
    package var address: String?
    /// `https` or `http`, as the client sees it.
    package var scheme: String
    /// `TLSv1.2` or `TLSv1.3` on the connection to the gateway; nil in clear text.
    package var tlsVersion: String?
    /// Whom the verified certificate of that connection names (RFC 2253); nil without one.
    package var clientSubject: String?
    /// The DNS names of that certificate.
    package var clientDNSNames: [String]

    /// An origin by its parts.
    package init(
        address: String?, scheme: String, tlsVersion: String? = nil, clientSubject: String? = nil,
        clientDNSNames: [String] = []
    ) {
        self.address = address
        self.scheme = scheme
        self.tlsVersion = tlsVersion
        self.clientSubject = clientSubject
        self.clientDNSNames = clientDNSNames
    }

    /// A value of an origin that a header may hold.
    package enum Value: Sendable, Hashable {
        case address
        case scheme
        case tlsVersion
        case clientSubject
        /// The DNS names with this text between two of them.
        case clientDNSNames(separator: String)
    }

    /// The value as text; nil where it is unknown.
    func text(of value: Value) -> String? {
        switch value {
        case .address: address
        case .scheme: scheme
        case .tlsVersion: tlsVersion
        case .clientSubject: clientSubject
        case .clientDNSNames(let separator):
            clientDNSNames.isEmpty ? nil : clientDNSNames.joined(separator: separator)
        }
    }
}
