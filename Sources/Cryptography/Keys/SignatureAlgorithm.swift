/// A JWS signature algorithm (RFC 7518 § 3.1) that Gatehouse can verify and make.
///
/// The raw value is the `alg` name. There is no symmetric algorithm and no `none`: what is not
/// listed cannot be asked for.
package enum SignatureAlgorithm: String, CaseIterable, Sendable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// ECDSA on P-384 with SHA-384.
    case es384 = "ES384"
    /// ECDSA on P-521 with SHA-512.
    case es512 = "ES512"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"

    /// The algorithm with this `alg` name, compared byte for byte.
    package init?(name: Span<UInt8>) {
        for algorithm in Self.allCases where name.holds(algorithm.rawValue) {
            self = algorithm
            return
        }
        return nil
    }

    /// The digest that is signed.
    var hash: HashFunction {
        switch self {
        case .es256, .rs256: .sha256
        case .es384: .sha384
        case .es512: .sha512
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly the UTF-8 bytes of the text.
    fileprivate func holds(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            if self[index] != byte { return false }
            index += 1
        }
        return true
    }
}
