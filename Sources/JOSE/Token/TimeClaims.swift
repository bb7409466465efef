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
        expiresAt = try Self.expiry(members["exp"])
        issuedAt = try Self.issue(members["iat"])
        notBefore = try Self.start(members["nbf"])
    }

    /// Whether the token may be used now.
    ///
    /// It may from `nbf` less the leeway until `exp` plus the leeway, the last instant not
    /// included, and not if it was issued in the future. `exp` less `iat` is at most the configured
    /// lifetime.
    func check(at now: UnixTime, configuration: TrustConfiguration) throws(TokenRejection) {
        let leeway = configuration.leewaySeconds
        try Self.checkExpiry(expiresAt, now, leeway: leeway)
        if let notBefore { try Self.checkStart(notBefore, now, leeway: leeway) }
        try Self.checkStart(issuedAt, now, leeway: leeway)
        try Self.checkLifetime(
            from: issuedAt, to: expiresAt, most: configuration.maxTokenLifetimeSeconds)
    }

    // MARK: One check each

    /// `exp`.
    static func expiry(_ value: JSONValue?) throws(TokenRejection) -> UnixTime {
        guard let seconds = cutSeconds(value) else { throw .json(.expiry) }
        return UnixTime(seconds: seconds)
    }

    /// `iat`.
    static func issue(_ value: JSONValue?) throws(TokenRejection) -> UnixTime {
        guard let seconds = wholeSeconds(value) else { throw .json(.issuedAt) }
        return UnixTime(seconds: seconds)
    }

    /// `nbf`, or nil where it is absent.
    static func start(_ value: JSONValue?) throws(TokenRejection) -> UnixTime? {
        guard let value else { return nil }
        guard let seconds = wholeSeconds(value) else { throw .json(.notBefore) }
        return UnixTime(seconds: seconds)
    }

    /// Whether the token's time is not over.
    static func checkExpiry(
        _ expiresAt: UnixTime, _ now: UnixTime, leeway: Int64
    ) throws(TokenRejection) {
        guard now < expiresAt.advanced(bySeconds: leeway) else { throw .expired(at: expiresAt) }
    }

    /// Whether `nbf` or `iat` is not in the future.
    static func checkStart(
        _ start: UnixTime, _ now: UnixTime, leeway: Int64
    ) throws(TokenRejection) {
        guard start <= now.advanced(bySeconds: leeway) else { throw .notYetValid(from: start) }
    }

    /// Whether the token lives, and no longer than it may.
    static func checkLifetime(
        from issuedAt: UnixTime, to expiresAt: UnixTime, most seconds: Int64
    ) throws(TokenRejection) {
        guard issuedAt < expiresAt else { throw .claims(.expiryNotAfterIssue) }
        guard expiresAt <= issuedAt.advanced(bySeconds: seconds) else { throw .lifetime }
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
