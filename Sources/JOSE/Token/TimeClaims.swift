import Documents
import Values

/// Reads and checks `exp`, `iat` and `nbf` (RFC 7519 §§ 4.1.4–4.1.6).
///
/// Stricter than the RFC: `exp` and `iat` are required, since a token that never ends stays usable
/// after its user is gone; only `exp` may have a fraction, which is cut off; nothing beyond the
/// year 9999.
struct TimeClaims {
    let expiresAt: UnixTime
    let issuedAt: UnixTime
    private let notBefore: UnixTime?

    /// 9999-12-31T23:59:59Z.
    private static let latest: Int64 = 253_402_300_799

    init(_ members: JSONObject) throws(TokenRejection) {
        guard let expiry = Self.cutSeconds(members["exp"]) else { throw .json(.expiry) }
        guard let issued = Self.wholeSeconds(members["iat"]) else { throw .json(.issuedAt) }
        if let value = members["nbf"] {
            guard let seconds = Self.wholeSeconds(value) else { throw .json(.notBefore) }
            notBefore = UnixTime(seconds: seconds)
        } else {
            notBefore = nil
        }
        expiresAt = UnixTime(seconds: expiry)
        issuedAt = UnixTime(seconds: issued)
    }

    /// Whether the token may be used now.
    ///
    /// It may from `nbf` less the leeway until `exp` plus the leeway, the last instant not
    /// included, and not if it was issued in the future. `exp` less `iat` is at most the configured
    /// lifetime.
    func check(at now: UnixTime, configuration: TrustConfiguration) throws(TokenRejection) {
        let leeway = configuration.leewaySeconds
        guard now < expiresAt.advanced(bySeconds: leeway) else { throw .expired(at: expiresAt) }
        let latestStart = now.advanced(bySeconds: leeway)
        if let notBefore, notBefore > latestStart { throw .notYetValid(from: notBefore) }
        guard issuedAt <= latestStart else { throw .notYetValid(from: issuedAt) }
        guard issuedAt < expiresAt else { throw .claims(.expiryNotAfterIssue) }
        let latestEnd = issuedAt.advanced(bySeconds: configuration.maxTokenLifetimeSeconds)
        guard expiresAt <= latestEnd else { throw .lifetime }
    }

    /// A positive whole number of seconds.
    private static func wholeSeconds(_ value: JSONValue?) -> Int64? {
        guard case .integer(let seconds)? = value, (1...latest).contains(seconds) else {
            return nil
        }
        return seconds
    }

    /// A number of seconds, rounded down. Zero and negative ones stay: they are long over.
    private static func cutSeconds(_ value: JSONValue?) -> Int64? {
        let seconds: Int64?
        switch value {
        case .integer(let whole): seconds = whole
        // SECURITY: converting an unchecked double stops the process (JWT-23).
        case .double(let number): seconds = Int64(exactly: number.rounded(.down))
        default: seconds = nil
        }
        guard let seconds, seconds <= latest else { return nil }
        return seconds
    }
}
