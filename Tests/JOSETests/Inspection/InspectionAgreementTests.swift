import Documents
import JOSE
import TestSupport
import Testing
import Values

/// An inspection says exactly what the verifier decides, for any token.
@Suite struct InspectionAgreementTests {
    /// What is wrong with the inspection of a token, or nil.
    static func disagreement(_ token: [UInt8], _ trust: TrustSnapshot, _ now: UnixTime) -> String? {
        let inspection = TokenInspection(token.span, trust: trust, now: now)
        let failed = inspection.failures
        do throws(TokenRejection) {
            _ = try TokenVerifier(trust: trust).verify(token.span, now: now)
            guard inspection.isAccepted, inspection.code == nil else { return "accepted, refused" }
            return inspection.checks.allSatisfy(\.passed) ? nil : "accepted with a failed check"
        } catch {
            guard !inspection.isAccepted, inspection.code == error.code else {
                return "\(error) against \(inspection.code ?? "accepted")"
            }
            if case .issuerUnavailable = error {
                let isUnchecked = inspection.checks.contains {
                    $0.name == .signature && $0.outcome == .notPossible(.noKeys)
                }
                return isUnchecked && failed.isEmpty ? nil : "no keys, and yet \(failed)"
            }
            return failed.contains { $0.outcome == .failed(error) } ? nil : "\(error) is not shown"
        }
    }

    @Test func `a damaged token is judged alike`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let good = Array(try #require(Issuer.p256).sign(claims: Issuer.p0).utf8)
        let keyless = TrustSnapshot(configuration: Issuer.configuration, keys: [:], generation: 1)
        for round in 0..<1500 {
            let token = Mutation.mutated(good, using: &random)
            let trust = round % 5 == 0 ? keyless : Issuer.trust
            let problem = Self.disagreement(token, trust, Issuer.now)
            try #require(problem == nil, "\(problem ?? "") seed \(seed)")
        }
    }

    @Test func `a signed token with a damaged header or payload is judged alike`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let signer = try #require(Issuer.p256)
        let header = JSONWriter.write(.object(Issuer.h0.with(["alg": "ES256", "kid": "P256"])))
        let payload = JSONWriter.write(
            .object(
                Issuer.p0.with(["organization_id": "orgA", "nbf": 1, "act": ["sub": "dave"]])))
        var codes: Set<String> = []
        for round in 0..<1200 {
            let token = Array(
                try signer.sign(
                    header: round % 3 == 0 ? Mutation.mutated(header, using: &random) : header,
                    payload: Mutation.mutated(payload, using: &random)
                ).utf8)
            let problem = Self.disagreement(token, Issuer.trust, Issuer.now)
            try #require(problem == nil, "\(problem ?? "") seed \(seed)")
            codes.insert(Issuer.code(String(decoding: token, as: UTF8.self)))
        }
        #expect(codes.isSuperset(of: ["accepted", "token-json", "token-claims", "token-issuer"]))
    }

    @Test func `every combination of faults is judged alike`() throws {
        let values: [(String, [JSONValue?])] = [
            ("iss", [nil, "https://other.test/oidc"]), ("aud", [nil, "x", ["a", "b"]]),
            ("exp", [nil, 5, "x"]), ("iat", [nil, .integer(Issuer.t + 99), 1]),
            ("nbf", ["x", .integer(Issuer.t + 99)]), ("sub", [""]), ("client_id", [nil]),
            ("jti", [1]), ("scope", [[]]), ("organization_id", [nil, 1, "orgB"]), ("cnf", [[:]]),
            ("act", [nil, 1]),
        ]
        let headers: [[String: JSONValue?]] = [
            [:], ["alg": "none"], ["crit": []], ["typ": nil], ["kid": nil], ["kid": "K9"],
            ["alg": "ES256"],
        ]
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for _ in 0..<500 {
            var payload: [String: JSONValue?] = [:]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                guard let (name, list) = values.randomElement(using: &random) else { continue }
                payload[name] = list.randomElement(using: &random) ?? nil
            }
            let header = headers.randomElement(using: &random) ?? [:]
            let token = Array(try Issuer.token(header: header, payload: payload).utf8)
            let problem = Self.disagreement(token, Issuer.trust, Issuer.now)
            try #require(problem == nil, "\(problem ?? "") seed \(seed)")
        }
    }

    @Test(.enabled(if: SharedData.isPresent))
    func `each recorded token, and each damaged copy, is judged alike`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        for token in Recorded.tokens {
            for keys in Recorded.keySets.values {
                let problem = Self.disagreement(
                    Array(token.text.utf8), Recorded.trust(keys), token.at)
                try #require(problem == nil, "\(token.name): \(problem ?? "")")
            }
            let own = Recorded.trust(token.keys.flatMap { Recorded.keySets[$0] })
            for _ in 0..<8 {
                let damaged = Mutation.mutated(Array(token.text.utf8), using: &random)
                let problem = Self.disagreement(damaged, own, token.at)
                try #require(problem == nil, "\(token.name): \(problem ?? "") seed \(seed)")
            }
        }
    }
}
