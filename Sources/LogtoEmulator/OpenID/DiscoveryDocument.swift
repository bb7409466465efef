import Documents
import Values

/// The discovery document, with every member that a real Logto shows.
enum DiscoveryDocument {
    static func make(issuer: String, algorithms: [String]) -> JSONValue {
        func address(_ path: String) -> JSONValue { .string(issuer + path) }
        return [
            "authorization_endpoint": address("/auth"),
            "device_authorization_endpoint": address("/device/auth"),
            "claims_parameter_supported": false,
            "claims_supported": [
                "sub", "name", "family_name", "given_name", "middle_name", "nickname",
                "preferred_username", "profile", "picture", "website", "gender", "birthdate",
                "zoneinfo", "locale", "updated_at", "username", "created_at", "email",
                "email_verified", "phone_number", "phone_number_verified", "address",
                "custom_data", "identities", "sso_identities", "roles", "organizations",
                "organization_data", "organization_roles", "sid", "auth_time", "iss",
            ],
            "code_challenge_methods_supported": ["S256"],
            "end_session_endpoint": address("/session/end"),
            "grant_types_supported": [
                "implicit", "authorization_code", "refresh_token", "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ],
            "issuer": .string(issuer),
            "jwks_uri": address("/jwks"),
            "authorization_response_iss_parameter_supported": true,
            "response_modes_supported": ["form_post", "fragment", "query"],
            "response_types_supported": ["code id_token", "code", "id_token", "none"],
            "scopes_supported": .strings(OpenIDScopes.all),
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic", "client_secret_jwt", "client_secret_post",
                "private_key_jwt", "none",
            ],
            "token_endpoint_auth_signing_alg_values_supported": [
                "HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA",
            ],
            "token_endpoint": address("/token"),
            "id_token_signing_alg_values_supported": .strings(algorithms),
            "pushed_authorization_request_endpoint": address("/request"),
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": address("/me"),
            "introspection_endpoint": address("/token/introspection"),
            "revocation_endpoint": address("/token/revocation"),
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "claim_types_supported": ["normal"],
        ]
    }
}

/// The scopes that mean something to Logto itself.
enum OpenIDScopes {
    static let organizations = "urn:logto:scope:organizations"

    static let all = [
        "openid", "offline_access", "profile", "email", "phone", "address", "custom_data",
        "identities", "roles", "urn:logto:scope:organizations",
        "urn:logto:scope:organization_roles", "urn:logto:scope:sessions",
        "urn:logto:scope:trusted_devices",
    ]

    /// The scopes of a parameter, each once, without the gaps.
    static func list(_ parameter: String) -> [String] {
        var seen: [String] = []
        for part in parameter.split(separator: " ").map(String.init)
        where !seen.contains(where: part.isExactly) {
            seen.append(part)
        }
        return seen
    }
}

extension [String] {
    /// Whether the very same text is among these.
    func has(_ text: String) -> Bool { contains { $0.isExactly(text) } }
}
