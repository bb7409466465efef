import Testing

/// The rows of the attack page about tokens, each through a running gateway: what is refused
/// reaches no upstream, is answered with its code and a challenge, and leaves no trace of its text.
@Suite struct TokenAttackTests {
    @Test func `JWT-01 no algorithm`() async throws { try await AttackSite.judge("JWT-01") }

    @Test func `JWT-02 no algorithm, and a signature`() async throws {
        try await AttackSite.judge("JWT-02")
    }

    @Test func `JWT-03 an empty signature`() async throws { try await AttackSite.judge("JWT-03") }

    @Test func `JWT-05 a public key as HMAC secret`() async throws {
        try await AttackSite.judge("JWT-05")
    }

    @Test func `JWT-07 an algorithm of the key's family`() async throws {
        try await AttackSite.judge("JWT-07")
    }

    @Test func `JWT-09 no kid`() async throws { try await AttackSite.judge("JWT-09") }

    @Test func `JWT-11 an embedded key`() async throws { try await AttackSite.judge("JWT-11") }

    @Test func `JWT-13 a certificate`() async throws { try await AttackSite.judge("JWT-13") }

    @Test func `JWT-14 critical extensions`() async throws { try await AttackSite.judge("JWT-14") }

    @Test func `JWT-15 an unencoded payload`() async throws {
        try await AttackSite.judge("JWT-15")
    }

    @Test func `JWT-17 duplicate claims`() async throws { try await AttackSite.judge("JWT-17") }

    @Test func `JWT-18 size`() async throws { try await AttackSite.judge("JWT-18") }

    @Test func `JWT-19 lax base64`() async throws { try await AttackSite.judge("JWT-19") }

    @Test func `JWT-20 five parts`() async throws { try await AttackSite.judge("JWT-20") }

    @Test func `JWT-21 a nested token`() async throws { try await AttackSite.judge("JWT-21") }

    @Test func `JWT-23 an exp of the wrong kind`() async throws {
        try await AttackSite.judge("JWT-23")
    }

    @Test func `JWT-24 the borders of time`() async throws { try await AttackSite.judge("JWT-24") }

    @Test func `JWT-25 an nbf or iat of the wrong kind`() async throws {
        try await AttackSite.judge("JWT-25")
    }

    @Test func `JWT-26 the shapes of an audience`() async throws {
        try await AttackSite.judge("JWT-26")
    }

    @Test func `JWT-27 issuers that look alike`() async throws {
        try await AttackSite.judge("JWT-27")
    }

    @Test func `JWT-29 the spellings of a type`() async throws {
        try await AttackSite.judge("JWT-29")
    }

    @Test func `JWT-30 other tokens of the issuer`() async throws {
        try await AttackSite.judge("JWT-30")
    }

    @Test func `JWT-31 an opaque token`() async throws { try await AttackSite.judge("JWT-31") }

    @Test func `JWT-32 the subject`() async throws { try await AttackSite.judge("JWT-32") }

    @Test func `JWT-33 a bound token`() async throws { try await AttackSite.judge("JWT-33") }

    @Test func `JWT-35 a mirrored signature`() async throws {
        try await AttackSite.judge("JWT-35")
    }

    @Test func `JWT-36 the padding of RSA`() async throws { try await AttackSite.judge("JWT-36") }

    @Test func `JWT-37 deep JSON`() async throws { try await AttackSite.judge("JWT-37") }

    @Test func `JWT-38 tricks of text`() async throws { try await AttackSite.judge("JWT-38") }

    @Test func `JWT-39 no object`() async throws { try await AttackSite.judge("JWT-39") }

    @Test func `JWT-41 the shapes of a scope`() async throws {
        try await AttackSite.judge("JWT-41")
    }

    @Test func `JWT-42 a compressed token`() async throws { try await AttackSite.judge("JWT-42") }

    @Test func `JWT-45 a key of another issuer`() async throws {
        try await AttackSite.judge("JWT-45")
    }

    @Test func `JWT-48 an echo of what was not verified`() async throws {
        try await AttackSite.judge("JWT-48")
    }

    @Test func `JWT-49 white space in the JSON`() async throws {
        try await AttackSite.judge("JWT-49")
    }

    @Test func `JWT-50 unusual but legal`() async throws { try await AttackSite.judge("JWT-50") }
}
