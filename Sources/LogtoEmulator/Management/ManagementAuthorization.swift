import Documents
import Values

/// Checks the token of a call of the Management API as a real Logto does: signature, issuer,
/// audience and end, without any tolerance, then the scope. The `typ` of the token is not looked
/// at.
struct ManagementAuthorization {
    let keys: KeyRing
    let issuer: String
    let audience: String
    let now: UnixTime

    /// Refuses a call whose token does not open the Management API.
    func check(_ headers: HeaderList) throws(LogtoProblem) {
        guard let header = headers["authorization"], !header.isEmpty else {
            throw .refusal(
                401, "auth.authorization_header_missing", "Authorization header is missing.")
        }
        guard header.hasPrefix("Bearer") else {
            throw LogtoProblem(
                status: 401, code: "auth.authorization_token_type_not_supported",
                message: "Authorization type is not supported.",
                data: ["supportedTypes": ["Bearer"]])
        }
        let claims = try claims(of: String(header.dropFirst("Bearer".count + 1)))
        let scopes = (claims["scope"]?.stringValue ?? "").split(separator: " ")
        guard scopes.contains(where: { String($0).isExactly("all") }) else {
            throw .refusal(
                403, "auth.forbidden", "Forbidden. Please check your user roles and permissions.")
        }
    }

    private func claims(of token: String) throws(LogtoProblem) -> JSONObject {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.object(parts[0]) else {
            throw Self.refused("ERR_JWS_INVALID", "JWSInvalid")
        }
        let algorithm = header["alg"]?.stringValue ?? ""
        let supported = ["RS256", "PS256", "ES256", "ES384", "ES512"]
        guard supported.contains(where: algorithm.isExactly) else {
            throw Self.refused("ERR_JOSE_NOT_SUPPORTED", "JOSENotSupported")
        }
        guard let key = keys.key(header["kid"]?.stringValue ?? ""),
            key.algorithm.isExactly(algorithm)
        else { throw Self.refused("ERR_JWKS_NO_MATCHING_KEY", "JWKSNoMatchingKey") }
        guard let signature = Base64URL.decode(parts[2]),
            key.isValid(signature: signature, of: "\(parts[0]).\(parts[1])"),
            let claims = Self.object(parts[1])
        else {
            throw Self.refused(
                "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed")
        }
        try check("iss", is: issuer, in: claims)
        try check("aud", is: audience, in: claims)
        if let end = claims["exp"]?.integerValue, end <= now.seconds {
            throw Self.refused(
                "ERR_JWT_EXPIRED", "JWTExpired", claim: "exp", payload: claims)
        }
        return claims
    }

    private func check(
        _ name: String, is wanted: String, in claims: JSONObject
    ) throws(LogtoProblem) {
        guard claims[name]?.stringValue?.isExactly(wanted) == true else {
            throw Self.refused(
                "ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim: name,
                payload: claims)
        }
    }

    private static func object(_ part: String) -> JSONObject? {
        guard let bytes = Base64URL.decode(part),
            let read = try? ScriptJSON.read(bytes)
        else { return nil }
        return read.value.objectValue
    }

    private static func refused(
        _ code: String, _ name: String, claim: String? = nil, payload: JSONObject? = nil
    ) -> LogtoProblem {
        var data: JSONObject = ["code": .string(code), "name": .string(name)]
        if let claim, let payload {
            data["claim"] = .string(claim)
            data["reason"] = "check_failed"
            data["payload"] = .object(payload)
        }
        return LogtoProblem(
            status: 401, code: "auth.unauthorized",
            message: "Unauthorized. Please check credentials and its scope.",
            data: .object(data))
    }
}
