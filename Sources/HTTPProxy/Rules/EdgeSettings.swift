package import Transport
import Values

/// What a server at the edge knows of its neighbours.
package struct EdgeSettings: Sendable {
    /// The peers whose words about a client are believed. Empty: nobody's.
    package var trustedProxies: AddressSet
    /// Whether the clients of file system sockets are believed as well: who may open one is decided
    /// by its permissions. A PROXY header on such a connection makes its address the peer.
    package var trustsLocalSockets = false
    /// What this gateway is called in `Via`. A request that has this name there already is a loop.
    package let identifier: String

    /// The name is random, so that two gateways in a row do not take each other for a loop.
    package init(trustedProxies: AddressSet = .empty) {
        self.trustedProxies = trustedProxies
        identifier = Self.randomIdentifier()
    }

    /// Nil where the identifier is no token of at most 64 bytes (RFC 9110 § 7.6.3).
    ///
    /// Instances that serve the same requests share one, else a loop through two of them is seen
    /// only when it comes to the first again.
    package init?(trustedProxies: AddressSet, identifier: String) {
        guard (1...64).contains(identifier.utf8.count),
            identifier.utf8.allSatisfy(HTTPToken.isTokenByte)
        else { return nil }
        self.trustedProxies = trustedProxies
        self.identifier = identifier
    }

    private static func randomIdentifier() -> String {
        var digits = String(UInt32.random(in: .min ... .max), radix: 16)
        digits = String(repeating: "0", count: 8 - digits.utf8.count) + digits
        return "gatehouse-\(digits)"
    }
}
