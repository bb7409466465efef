import Cryptography
import Documents
import JOSE
import Testing
import Values

/// Attacks on the signature, and what must hold for any bytes.
@Suite struct SignatureAttackTests {
    private func token(_ signer: TokenSigner?) throws -> String {
        try #require(signer).sign(claims: Issuer.p0)
    }

    @Test func `a signature by another key is refused`() throws {
        #expect(Issuer.rejection(try Issuer.token(by: Issuer.kx)) == .signature)
        #expect(Issuer.code(try Issuer.token(by: Issuer.kx)) == "token-signature")
    }

    @Test func `a signature of another token is refused`() throws {
        let parts = try Issuer.token().parts
        let other = try Issuer.token(payload: ["sub": "u2"]).parts
        #expect(Issuer.rejection("\(parts[0]).\(other[1]).\(parts[2])") == .signature)
        #expect(Issuer.rejection("\(parts[0]).\(parts[1]).\(other[2])") == .signature)
    }

    @Test func `a signature of another length is refused`() throws {
        for signer in [Issuer.p256, Issuer.r1] {
            let parts = try token(signer).parts
            let bytes = try #require(Base64URL.decode(parts[2]))
            for wrong in [[0], bytes + [0], [0] + bytes, Array(bytes.dropLast()), bytes + bytes] {
                let text = "\(parts[0]).\(parts[1]).\(Base64URL.encode(wrong))"
                #expect(Issuer.rejection(text) == .signature)
            }
        }
    }

    @Test func `JWT-36 a DER signature is no JOSE signature`() throws {
        let parts = try token(Issuer.p256).parts
        let fixed = try #require(Base64URL.decode(parts[2]))
        let r = [UInt8]([0x02, 0x21, 0x00] + fixed.prefix(32))
        let s = [UInt8]([0x02, 0x21, 0x00] + fixed.suffix(32))
        let der = [0x30, UInt8(r.count + s.count)] + r + s
        #expect(
            Issuer.rejection("\(parts[0]).\(parts[1]).\(Base64URL.encode(der))") == .signature)
    }

    @Test func `every single changed byte of a token is refused`() throws {
        let good = Array(try token(Issuer.p256).utf8)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for index in good.indices {
            var changed = good
            while changed[index] == good[index] {
                changed[index] = UInt8.random(in: 0x20...0x7F, using: &random)
            }
            let code = Issuer.code(String(decoding: changed, as: UTF8.self))
            try #require(code != "accepted", "byte \(index), seed \(seed)")
        }
    }

    @Test func `no token stops the process, and no damaged one is accepted`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let good = Array(try token(Issuer.p256).utf8)
        let verifier = TokenVerifier(trust: Issuer.trust)
        for _ in 0..<3000 {
            let text = Mutation.mutated(good, using: &random)
            let isAccepted = (try? verifier.verify(text.span, now: Issuer.now)) != nil
            try #require(!isAccepted || text == good, "seed \(seed)")
        }
    }

    @Test func `no signed header or payload stops the process`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let signer = try #require(Issuer.p256)
        let header = JSONWriter.write(.object(Issuer.h0.with(["alg": "ES256", "kid": "P256"])))
        let payload = JSONWriter.write(
            .object(Issuer.p0.with(["organization_id": "orgA", "nbf": 1, "r": ["orgA:x"]])))
        let trust = Issuer.trusting { $0.roles = .claim("r") }
        var codes: Set<String> = []
        for round in 0..<3000 {
            let token = try signer.sign(
                header: round % 4 == 0 ? Mutation.mutated(header, using: &random) : header,
                payload: Mutation.mutated(payload, using: &random))
            codes.insert(Issuer.code(token, trust: trust))
        }
        #expect(codes.contains("token-json"), "seed \(seed)")
        #expect(codes.contains("accepted"), "seed \(seed)")
    }

    @Test func `a screened token carries what its check needs`() throws {
        let verifier = TokenVerifier(trust: Issuer.trust)
        let good = Array(try Issuer.token().utf8)
        #expect(try verifier.screen(good.span, now: Issuer.now).verify().subject == UserID("u1"))
        let forged = Array(try Issuer.token(by: Issuer.kx).utf8)
        let screened = try verifier.screen(forged.span, now: Issuer.now)
        #expect(throws: TokenRejection.signature) { try screened.verify() }
    }
}
