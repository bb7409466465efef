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
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    case rs384 = "RS384"
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    case rs512 = "RS512"
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and 32 bytes of salt.
    case ps256 = "PS256"
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 bytes of salt.
    case ps384 = "PS384"
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and 64 bytes of salt.
    case ps512 = "PS512"
    /// EdDSA on Ed25519 (RFC 8037 § 3.1); Ed448 does not exist for us.
    case eddsa = "EdDSA"

    /// What is accepted where nobody chose: what Logto signs with. The list does not grow when a
    /// further algorithm becomes known.
    package static let acceptedByDefault: [SignatureAlgorithm] = [.es384, .es256, .es512, .rs256]

    /// The algorithm with this `alg` name, compared byte for byte.
    package init?(name: Span<UInt8>) {
        for algorithm in Self.allCases where name.holds(algorithm.rawValue) {
            self = algorithm
            return
        }
        return nil
    }

    /// How the algorithm signs.
    var scheme: SignatureScheme {
        switch self {
        case .es256: .ecdsa(.p256)
        case .es384: .ecdsa(.p384)
        case .es512: .ecdsa(.p521)
        case .rs256: .rsa(.pkcs1, .sha256)
        case .rs384: .rsa(.pkcs1, .sha384)
        case .rs512: .rsa(.pkcs1, .sha512)
        case .ps256: .rsa(.pss, .sha256)
        case .ps384: .rsa(.pss, .sha384)
        case .ps512: .rsa(.pss, .sha512)
        case .eddsa: .ed25519
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
