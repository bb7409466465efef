import Cryptography
import Documents
import Values

/// A header that passed every check that needs no key.
///
/// Each check is a function of its own: `TokenInspection` calls the same ones.
struct AcceptedHeader {
    let algorithm: SignatureAlgorithm
    let keyID: KeyID

    /// Header members that are refused whatever their value (RFC 8725 §§ 3.1, 3.10; RFC 7515 §
    /// 4.1).
    private static let forbidden: [(name: String, fault: TokenRejection.HeaderFault)] = [
        ("crit", .critical), ("b64", .unencodedPayload), ("zip", .compression),
        ("jwk", .embeddedKey), ("jku", .keyAddress), ("x5u", .keyAddress), ("x5c", .certificate),
        ("x5t", .certificate), ("x5t#S256", .certificate),
    ]

    init(
        _ members: JSONObject, configuration: TrustConfiguration
    ) throws(TokenRejection) {
        algorithm = try Self.algorithm(members["alg"], accepted: configuration.algorithms)
        try Self.checkForbidden(members)
        try Self.checkType(members["typ"])
        keyID = try Self.keyID(members["kid"])
    }

    /// SECURITY: a list of what is accepted; `none` in any spelling and every HMAC are not on it.
    static func algorithm(
        _ value: JSONValue?, accepted: [SignatureAlgorithm]
    ) throws(TokenRejection) -> SignatureAlgorithm {
        guard let name = value?.stringValue else { throw .algorithm(.missing) }
        guard let algorithm = accepted.first(where: { $0.rawValue.isExactly(name) }) else {
            throw .algorithm(.notAccepted)
        }
        return algorithm
    }

    static func checkForbidden(_ members: JSONObject) throws(TokenRejection) {
        for member in forbidden where members[member.name] != nil {
            throw .header(member.fault)
        }
    }

    /// `at+jwt` in any case, with or without `application/` (RFC 9068 § 2.1, RFC 7515 § 4.1.9).
    static func checkType(_ value: JSONValue?) throws(TokenRejection) {
        guard let value else { throw .type(.missing) }
        guard let text = value.stringValue else { throw .type(.other) }
        let prefix = Array("application/".utf8)
        var name = text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if name.starts(with: prefix) { name.removeFirst(prefix.count) }
        if name.elementsEqual("at+jwt".utf8) { return }
        if name.elementsEqual("jwt".utf8) { throw .type(.idToken) }
        if name.elementsEqual("logout+jwt".utf8) { throw .type(.logoutToken) }
        throw .type(.other)
    }

    static func keyID(_ value: JSONValue?) throws(TokenRejection) -> KeyID {
        guard let value else { throw .noKeyID }
        guard let text = value.stringValue, ClaimText.isKeyID(text) else { throw .header(.keyID) }
        return KeyID(text)
    }
}
