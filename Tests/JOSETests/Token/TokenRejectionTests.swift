import Documents
import JOSE
import Testing
import Values

@Suite struct TokenRejectionTests {
    private static let secretText = "</script>\r\nX: y\u{1b}[31m"

    private static let all: [TokenRejection] =
        TokenRejection.Shape.allCases.map { .malformed($0) }
        + TokenRejection.AlgorithmFault.allCases.map { .algorithm($0) }
        + TokenRejection.HeaderFault.allCases.map { .header($0) }
        + TokenRejection.JSONFault.allCases.map { .json($0) }
        + TokenRejection.TypeFault.allCases.map { .type($0) }
        + TokenRejection.AudienceFault.allCases.map { .audience($0) }
        + TokenRejection.ClaimFault.allCases.map { .claims($0) }
        + [
            .noKeyID, .unknownKey(KeyID(secretText), issuer: secretText),
            .issuerUnavailable(issuer: secretText), .issuer, .reservedAudience,
            .expired(at: UnixTime(seconds: 4_242_424_242)),
            .notYetValid(from: UnixTime(seconds: 4_242_424_242)), .lifetime, .binding, .signature,
        ]

    @Test(arguments: all)
    func `JWT-48 what people read is constant`(_ rejection: TokenRejection) {
        for text in [rejection.description, rejection.hint ?? "", rejection.code] {
            #expect(!text.contains("</script"))
            #expect(!text.contains("4242"))
            #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F })
        }
        #expect(!rejection.description.isEmpty)
    }

    @Test(arguments: all)
    func `a code is lower case with hyphens`(_ rejection: TokenRejection) {
        #expect(rejection.code.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D })
    }

    @Test func `each cause has a sentence of its own`() {
        let texts = Self.all.map(\.description)
        #expect(Set(texts).count == texts.count)
    }

    @Test func `JWT-48 a forged token's claims stay inside`() throws {
        let token = try Issuer.token(
            payload: ["name": .string(Self.secretText), "aud": .string(Self.secretText)],
            by: Issuer.kx)
        let rejection = try #require(Issuer.rejection(token))
        #expect(rejection.code == "token-audience")
        #expect(!"\(rejection)".contains("</script"))
        #expect(!"\(rejection.hint ?? "")".contains("</script"))
    }

    @Test func `developers are told what to do about the usual mistakes`() throws {
        #expect(TokenRejection.type(.missing).hint?.contains("ID token") == true)
        #expect(TokenRejection.malformed(.opaque).hint?.contains("resource") == true)
        #expect(TokenRejection.malformed(.personalAccessToken).hint?.contains("exchange") == true)
        #expect(TokenRejection.audience(.managementAPI).hint?.contains("Management API") == true)
        #expect(TokenRejection.reservedAudience.hint?.contains("organization_id") == true)
        #expect(TokenRejection.issuer.hint?.contains("endpoint") == true)
    }
}
