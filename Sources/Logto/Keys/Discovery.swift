import Documents
import Values

/// What we take from an issuer's discovery document (OpenID Connect Discovery 1.0 § 4): where its
/// keys are.
///
/// SECURITY: whoever answers for the issuer's address must also claim to be that issuer, and the
/// keys must come from the same origin. Otherwise a wrong or captured document would hand our trust
/// to somebody else's keys (RFC 8414 § 6.2). There is no switch against it.
struct Discovery: Equatable {
    /// Bytes of the document that are read.
    static let maxBytes = 128 * 1_024

    let keysURL: String

    /// The address of the document.
    static func url(of issuer: String) -> String { issuer + "/.well-known/openid-configuration" }

    init(_ document: [UInt8], of issuer: String) throws(KeyFetchFailure) {
        let limits = JSONReader.Limits(depth: 16, bytes: Self.maxBytes)
        let value: JSONValue
        do {
            value = try JSONReader.read(document, limits: limits)
        } catch {
            throw KeyFetchFailure(.malformed, "the discovery document: \(error)")
        }
        guard let named = value["issuer"]?.stringValue, let keys = value["jwks_uri"]?.stringValue
        else {
            throw KeyFetchFailure(.malformed, "the discovery document lacks issuer or jwks_uri")
        }
        guard named.isExactly(issuer) else {
            throw KeyFetchFailure(.discoveryIssuer, "the document is of the issuer \(named)")
        }
        guard Self.isHome(keys, of: issuer) else {
            throw KeyFetchFailure(.discoveryOrigin, "the keys would be at \(keys)")
        }
        keysURL = keys
    }

    /// Whether an address has the origin of an issuer.
    static func isHome(_ address: String, of issuer: String) -> Bool {
        guard let home = try? WebAddress(issuer), let there = try? WebAddress(address) else {
            return false
        }
        return home.origin.isExactly(there.origin)
    }
}
