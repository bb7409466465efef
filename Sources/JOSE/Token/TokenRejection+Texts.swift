// INVARIANT: every text in this file is constant. Nothing that a token says is repeated (JWT-48).

extension TokenRejection: CustomStringConvertible {
    /// What is wrong, in a sentence without a full stop.
    package var description: String {
        switch self {
        case .malformed(let shape): shape.description
        case .algorithm(let fault): fault.description
        case .header(let fault): fault.description
        case .json(let fault): fault.description
        case .type(let fault): fault.description
        case .noKeyID: "the token's header names no key (`kid`)"
        case .unknownKey: "the token's key is not among the keys of its issuer"
        case .issuerUnavailable: "no current keys of the token's issuer are at hand"
        case .issuer: "the token comes from an issuer that is not accepted here"
        case .audience(let fault): fault.description
        case .reservedAudience: "the token was issued for the reserved organizations resource"
        case .claims(let fault): fault.description
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .lifetime: "the token lives longer than is accepted here"
        case .binding: "the token is bound to a key of its holder and is no bearer token"
        case .signature: "the token's signature does not match its issuer's key"
        }
    }

    /// What a developer should do about it, where there is something to say.
    package var hint: String? {
        switch self {
        case .malformed(.opaque):
            "Logto issues an opaque token when none or several `resource` values are asked for: "
                + "ask for one API resource, for an organization, or for both. A refresh token is "
                + "no access token"
        case .malformed(.personalAccessToken):
            "exchange the personal access token at Logto's token endpoint and send the result"
        case .malformed(.subjectToken):
            "exchange the subject token at Logto's token endpoint and send the result"
        case .malformed(.encrypted): "Logto's access tokens are signed, not encrypted"
        case .malformed(.tooLong): "keep the claims that a script adds to tokens small"
        case .type(.idToken), .type(.missing):
            "an ID token tells a client who signed in; send the access token instead"
        case .type(.logoutToken): "a logout token goes to the client's back-channel endpoint"
        case .unknownKey: "tokens of a key that was rotated away end with it: get a new one"
        case .issuer:
            "compare the token's `iss` with the configured endpoint: host, port and path count, "
                + "also with a custom domain"
        case .audience(.managementAPI):
            "a Management API token is for Logto alone: ask for a token of this API"
        case .audience(.notConfigured):
            "ask for the API's own `resource`, spelled as it is registered, or for an organization"
        case .audience(.several): "ask for one resource or one organization at a time"
        case .reservedAudience:
            "ask for the organization itself (`organization_id` without `resource`)"
        case .claims(.organizationID), .claims(.organizationsDisagree):
            "check what the tenant's custom claims script sets as `organization_id`"
        case .claims(.actor): "check what the tenant's custom claims script sets as `act`"
        case .expired: "refresh the token; if it is fresh, compare the clocks"
        case .notYetValid: "compare the clocks of this machine and of the issuer"
        case .lifetime: "shorten the access token's lifetime at the API resource in Logto"
        case .algorithm(.notAccepted): "accepted algorithms are those listed in the configuration"
        case .malformed, .algorithm, .header, .json, .type, .noKeyID, .issuerUnavailable, .audience,
            .claims, .binding, .signature:
            nil
        }
    }
}

extension TokenRejection.Shape: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the token is empty"
        case .tooLong: "the token is longer than is accepted"
        case .opaque: "opaque token: request a resource"
        case .personalAccessToken: "personal access token: exchange it first"
        case .subjectToken: "subject token: exchange it first"
        case .notThreeParts: "the token has not the three parts of a signed token"
        case .encrypted: "the token is encrypted"
        case .base64: "a part of the token is not canonical base64url"
        case .noSignature: "the token has no signature"
        }
    }
}

extension TokenRejection.AlgorithmFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "the token's header names no algorithm"
        case .notAccepted: "the token's algorithm is not accepted"
        case .notOfKey: "the token's algorithm is not that of its key"
        }
    }
}

extension TokenRejection.HeaderFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .critical: "the token's header has critical extensions (`crit`)"
        case .unencodedPayload: "the token's header asks for an unencoded payload (`b64`)"
        case .compression: "the token's header asks for decompression (`zip`)"
        case .embeddedKey: "the token brings its own key (`jwk`)"
        case .keyAddress: "the token's header names an address of keys (`jku`, `x5u`)"
        case .certificate: "the token's header brings a certificate (`x5c`, `x5t`)"
        case .keyID: "the token's key name (`kid`) is no text of 1 to 256 printable characters"
        }
    }
}

extension TokenRejection.JSONFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .header: "the token's header is not one strict JSON object"
        case .payload: "the token's payload is not one strict JSON object"
        case .expiry: "the token's `exp` is no time"
        case .issuedAt: "the token's `iat` is no time in whole seconds"
        case .notBefore: "the token's `nbf` is no time in whole seconds"
        }
    }
}

extension TokenRejection.TypeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "the token has no `typ`: it is an ID token or no token of Logto's"
        case .idToken: "the token is an ID token"
        case .logoutToken: "the token is a logout token"
        case .other: "the token's `typ` is not that of an access token (`at+jwt`)"
        }
    }
}

extension TokenRejection.AudienceFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "the token has no audience"
        case .wrongKind: "the token's audience is no text and no list of texts"
        case .tooMany: "the token has more than 16 audiences"
        case .several: "the token has several audiences, so that its scopes have several readings"
        case .organizationID: "the token's audience names no organization"
        case .managementAPI: "the token was issued for a Management API of Logto"
        case .notConfigured: "the token was issued for another audience"
        }
    }
}

extension TokenRejection.ClaimFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .subject: "the token's `sub` is missing or no proper text"
        case .client: "the token's `client_id` is missing or no proper text"
        case .scope: "the token's `scope` is no text"
        case .tokenID: "the token's `jti` is no text"
        case .organizationID: "the token's `organization_id` is no proper text"
        case .organizationsDisagree: "the token names two organizations"
        case .actor: "the token's `act` does not name who acts for its subject"
        case .expiryNotAfterIssue: "the token expires before it was issued"
        }
    }
}
