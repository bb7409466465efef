import Cryptography
import Documents
import Values

/// Makes every check of a token that can be made, and remembers what was found on the way.
struct TokenReading {
    let trust: TrustSnapshot
    let looseKeys: KeySet?
    let now: UnixTime

    private(set) var outcomes: [TokenCheck.Name: TokenCheck.Outcome] = [:]
    private(set) var header: JSONObject?
    private(set) var claims: JSONObject?
    private(set) var kind: VerifiedToken.Kind?
    private(set) var organization: OrganizationID?
    private(set) var whereOrganizationStood: VerifiedToken.OrganizationPlace?
    private(set) var scopes = ScopeSet.empty

    private var issuer: String?
    private var algorithm: SignatureAlgorithm?
    private var keyID: KeyID?

    init(trust: TrustSnapshot, looseKeys: KeySet?, now: UnixTime) {
        self.trust = trust
        self.looseKeys = looseKeys
        self.now = now
    }

    mutating func read(_ token: Span<UInt8>) {
        guard let parts = readParts(token) else { return }
        let signature = readShape(parts, token)
        if let header { readHeader(header) }
        if let claims { readClaims(claims) }
        readSignature(parts, signature, token)
    }

    /// Whether nobody said what is accepted.
    private var isNothingNamed: Bool { trust.configuration.issuers.isEmpty }

    // MARK: Form

    /// Size, and where the parts are.
    private mutating func readParts(_ token: Span<UInt8>) -> UnverifiedToken? {
        do throws(TokenRejection) {
            let parts = try UnverifiedToken(token)
            outcomes[.size] = .passed
            return parts
        } catch {
            switch error {
            case .malformed(.empty), .malformed(.tooLong): outcomes[.size] = .failed(error)
            default:
                outcomes[.size] = .passed
                outcomes[.shape] = .failed(error)
            }
            return nil
        }
    }

    /// Shape and base64 of all parts; the signature's bytes, and the two objects.
    private mutating func readShape(
        _ parts: UnverifiedToken, _ token: Span<UInt8>
    ) -> [UInt8]? {
        outcomes[.shape] = .passed
        outcomes[.base64] = .passed
        do throws(TokenRejection) {
            header = try parts.header(in: token)
            outcomes[.header] = .passed
        } catch {
            note(error, of: .header)
        }
        do throws(TokenRejection) {
            claims = try parts.payload(in: token)
            outcomes[.payload] = .passed
        } catch {
            note(error, of: .payload)
        }
        do throws(TokenRejection) {
            return try parts.signature(in: token)
        } catch {
            note(error, of: .shape)
            return nil
        }
    }

    /// Files a fault of a part under what it is a fault of.
    private mutating func note(_ rejection: TokenRejection, of name: TokenCheck.Name) {
        let isBase64 = rejection == .malformed(.base64)
        outcomes[isBase64 ? .base64 : name] = .failed(rejection)
    }

    /// Makes one check.
    @discardableResult
    private mutating func check<Value>(
        _ name: TokenCheck.Name, _ body: () throws(TokenRejection) -> Value
    ) -> Value? {
        do throws(TokenRejection) {
            let value = try body()
            outcomes[name] = .passed
            return value
        } catch {
            outcomes[name] = .failed(error)
            return nil
        }
    }

    private mutating func readHeader(_ members: JSONObject) {
        let accepted = trust.configuration.algorithms
        algorithm = check(.algorithm) { () throws(TokenRejection) in
            try AcceptedHeader.algorithm(members["alg"], accepted: accepted)
        }
        check(.header) { () throws(TokenRejection) in
            try AcceptedHeader.checkForbidden(members)
        }
        check(.type) { () throws(TokenRejection) in
            try AcceptedHeader.checkType(members["typ"])
        }
        keyID = check(.keyID) { () throws(TokenRejection) in
            try AcceptedHeader.keyID(members["kid"])
        }
    }

    // MARK: Claims

    private mutating func readClaims(_ members: JSONObject) {
        let configuration = trust.configuration
        issuer = check(.issuer) { () throws(TokenRejection) in
            try AcceptedClaims.issuer(members["iss"], accepted: configuration.issuers)
        }
        if isNothingNamed, let named = members["iss"]?.stringValue {
            issuer = named
            outcomes[.issuer] = .notPossible(.noIssuerNamed)
        }
        readTimes(members)
        let subject = check(.subject) { () throws(TokenRejection) in
            try AcceptedClaims.identity(members["sub"], fault: .subject)
        }
        let client = check(.client) { () throws(TokenRejection) in
            try AcceptedClaims.identity(members["client_id"], fault: .client)
        }
        if let subject, let client { kind = VerifiedToken.Kind(subject: subject, client: client) }
        check(.tokenID) { () throws(TokenRejection) in
            try AcceptedClaims.tokenID(members["jti"])
        }
        let scope = check(.scope) { () throws(TokenRejection) in
            try AcceptedClaims.scope(members["scope"])
        }
        scopes = ScopeSet(spaceSeparated: scope ?? "")
        readAudience(members)
        check(.binding) { () throws(TokenRejection) in
            try AcceptedClaims.checkBinding(members["cnf"])
        }
        if let issuer = members["iss"]?.stringValue {
            check(.actor) { () throws(TokenRejection) in
                try ActorClaim.actor(members["act"], issuer: issuer)
            }
        }
    }

    private mutating func readTimes(_ members: JSONObject) {
        let configuration = trust.configuration
        let leeway = configuration.leewaySeconds
        let now = now
        let expiry = check(.expiry) { () throws(TokenRejection) in
            try TimeClaims.expiry(members["exp"])
        }
        let issue = check(.issuedAt) { () throws(TokenRejection) in
            try TimeClaims.issue(members["iat"])
        }
        let start = check(.notBefore) { () throws(TokenRejection) in
            try TimeClaims.start(members["nbf"])
        }
        if let expiry {
            check(.expiry) { () throws(TokenRejection) in
                try TimeClaims.checkExpiry(expiry, now, leeway: leeway)
            }
        }
        if let issue {
            check(.issuedAt) { () throws(TokenRejection) in
                try TimeClaims.checkStart(issue, now, leeway: leeway)
            }
        }
        if let start = start ?? nil {
            check(.notBefore) { () throws(TokenRejection) in
                try TimeClaims.checkStart(start, now, leeway: leeway)
            }
        }
        if let expiry, let issue {
            check(.lifetime) { () throws(TokenRejection) in
                try TimeClaims.checkLifetime(
                    from: issue, to: expiry, most: configuration.maxTokenLifetimeSeconds)
            }
        }
    }

    /// The audience, and the organization in it or beside it.
    private mutating func readAudience(_ members: JSONObject) {
        let accepted = trust.configuration.audiences
        let audience = check(.audience) { () throws(TokenRejection) in
            try AudienceClaim(members["aud"], accepted: accepted)
        }
        if audience == nil, isNothingNamed, accepted.isEmpty, isOfAnAPI(members["aud"]) {
            outcomes[.audience] = .notPossible(.noAudienceNamed)
        }
        // An audience that is not accepted still shows which organization the claim names.
        let named = audience?.organization
        organization =
            check(.organization) { () throws(TokenRejection) in
                try AcceptedClaims.organization(
                    members["organization_id"], ofAudience: named)
            } ?? nil
        whereOrganizationStood = VerifiedToken.OrganizationPlace(
            of: organization, ofAudience: named)
    }

    /// Whether the audience would be in order if its API were named.
    private func isOfAnAPI(_ value: JSONValue?) -> Bool {
        guard let name = value?.stringValue ?? value?.arrayValue?.first?.stringValue,
            !name.isEmpty
        else { return false }
        return (try? AudienceClaim(value, accepted: [name])) != nil
    }

    // MARK: Signature

    private mutating func readSignature(
        _ parts: UnverifiedToken, _ signature: [UInt8]?, _ token: Span<UInt8>
    ) {
        guard let issuer else { return }
        guard let keys = isNothingNamed ? looseKeys : trust.keys(of: issuer) else {
            outcomes[.key] = .notPossible(.noKeys)
            outcomes[.signature] = .notPossible(.noKeys)
            return
        }
        guard let keyID, let algorithm else { return }
        let key = check(.key) { () throws(TokenRejection) in
            try TokenVerifier.key(keyID, algorithm, among: keys, of: issuer)
        }
        guard let key, let signature else { return }
        let input = Array(copying: token.extracting(0..<parts.signedCount))
        check(.signature) { () throws(TokenRejection) in
            try TokenVerifier.check(signature.span, of: input.span, by: key)
        }
    }
}
