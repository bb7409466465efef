import Documents
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// A gateway that trusts the issuers of the attack cases by key files, and logs to files.
struct AttackSite {
    static let forge = Result { try TokenForge() }
    static let route = "GET /orgs/orgA/projects"

    let site: TestSite
    let bench: TokenForge.Bench
    /// A token that is always good.
    let good: String

    /// Runs a body, and afterwards looks through what was logged.
    ///
    /// - Parameters:
    ///   - keySet: the set of the first issuer, where it is not the usual one.
    ///   - isUsable: whether keys can be made of it.
    ///   - lines: told the access lines when everything is over.
    static func with(
        keySet: String? = nil, isUsable: Bool = true, _ body: (AttackSite) async throws -> Void,
        lines: ([Substring]) throws -> Void = { _ in }
    ) async throws {
        let forge = try forge.get()
        let folder = try TemporaryDirectory()
        try folder.write("keys.json", keySet ?? forge.keySet)
        try folder.write("other.json", forge.otherKeySet)
        let issuers = [(TokenForge.issuer, "keys"), (TokenForge.otherIssuer, "other")]
            .map { "{issuer: \"\($0)\", keys: \"file:\(folder($1)).json\"}" }
            .joined(separator: ", ")
        try await TestSite.with(
            configuration: { text in
                text.replacing("logto:\n", with: "logto:\n  issuers: [\(issuers)]\n")
                    .replacing(
                        "{decisions: off, access: off}",
                        with:
                            "{decisions: \"file:\(folder("decisions"))\", "
                            + "access: \"file:\(folder("access"))\"}"
                    )
            }
        ) { site in
            try await site.untilKeys(without: isUsable ? 0 : 1)
            let bench = forge.at(Clocks.wall().seconds)
            let good = try bench.token(
                payload: ["iss": .string(TokenForge.otherIssuer)], by: forge.otherK1)
            try await body(AttackSite(site: site, bench: bench, good: good))
        }
        let (access, decisions) = (folder.bytes("access"), folder.bytes("decisions"))
        for byte in access + decisions where byte != 0x0A {
            try #require(byte >= 0x20 && byte != 0x7F)
        }
        let all = String(decoding: access + decisions, as: UTF8.self).split(separator: "\n")
        // A decision names whoever was accepted, and nobody else.
        for line in all where !line.contains("\"principal\":\"") {
            try #require(!line.contains(TokenForge.mark), "\(line)")
        }
        try lines(all)
    }

    /// Sends every input of a row, and looks at everything that must hold of each.
    static func judge(_ id: String) async throws {
        let attacks = TokenAttack.of(id)
        try #require(!attacks.isEmpty)
        var (codes, sent): ([String], [String]) = ([], [])
        try await with { attacked in
            let fetches = try await attacked.fetches()
            for attack in attacks {
                let token = try attack.make(attacked.bench)
                sent.append(token)
                codes.append(try await attacked.judge(attack, token))
            }
            #expect(try await attacked.fetches() == fetches, "no token causes a fetch")
            #expect(await attacked.site.remembered() == 0)
        } lines: { lines in
            // A head that is too large is refused before its exchange has a record.
            for code in Set(codes) where !code.isEmpty {
                let count = lines.count { $0.contains("\"gatehouse.code\":\"\(code)\"") }
                #expect(count == codes.count { $0 == code }, "\(code)")
            }
            for token in sent {
                for piece in Self.pieces(of: token) {
                    try #require(!lines.contains { $0.contains(piece) }, "\(piece)")
                }
            }
        }
    }

    /// Sends one input; the code of the answer, empty where it was forwarded.
    private func judge(_ attack: TokenAttack, _ token: String) async throws -> String {
        let received = site.backend.requests.count
        let answer = try await site.send(Self.route, token: token)
        let said: Comment = "\(attack.description): \(answer.head) \(answer.body)"
        guard attack.outcome != .granted else {
            #expect(answer.status == 200, said)
            #expect(site.backend.requests.count == received + 1, said)
            return ""
        }
        #expect(site.backend.requests.count == received, said)
        try expectSilence(answer, about: token, said)
        let code = try #require(answer.code, said)
        switch attack.outcome {
        case .granted: break
        case .denied(let status): #expect(answer.status == status, said)
        case .refused(let expected):
            if token.utf8.count > 16_384 {
                #expect([401, 431].contains(answer.status), said)
            } else {
                expectChallenge(answer, Self.isToken(token) ? expected : nil, said)
            }
        }
        try await expectGoodRequest(said)
        return code
    }

    /// The refusal of a token, or without a code of what cannot be one.
    func expectChallenge(_ answer: TestSite.Answer, _ code: String?, _ said: Comment) {
        #expect(answer.status == (code == nil ? 400 : 401), said)
        #expect(answer.code == code ?? "authorization-malformed", said)
        let challenge = answer.header("WWW-Authenticate") ?? ""
        #expect(challenge.hasPrefix("Bearer "), said)
        #expect(
            challenge.contains(
                "error=\"\(code == nil ? "invalid_request" : "invalid_token")\""), said)
    }

    /// Nothing of a token is answered, neither its text nor what it says.
    func expectSilence(_ answer: TestSite.Answer, about token: String, _ said: Comment) throws {
        #expect(answer.header("Content-Type")?.hasPrefix("application/problem+json") == true, said)
        for text in [answer.head, answer.body] {
            #expect(!text.contains(TokenForge.mark), said)
            for piece in Self.pieces(of: token) { #expect(!text.contains(piece), said) }
        }
        for byte in answer.body.utf8 where byte != 0x0A {
            #expect(byte >= 0x20 && byte < 0x7F, said)
        }
    }

    /// A good request on a new connection succeeds.
    func expectGoodRequest(_ said: Comment = "") async throws {
        let answer = try await site.send(Self.route, token: good)
        #expect(answer.status == 200, said)
    }

    /// How often keys were fetched, from files and from issuers.
    func fetches() async throws -> Int {
        try await site.send("GET /metrics", toAdmin: true).body.split(separator: "\n")
            .filter { $0.hasPrefix("gatehouse_keys_fetches_total{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// Texts by which a token would be known again.
    private static func pieces(of token: String) -> [String] {
        token.split(separator: ".").filter { $0.utf8.count >= 16 }
            .flatMap { [String($0.prefix(16)), String($0.suffix(16))] }
    }

    /// Whether it can stand behind `Bearer` at all.
    private static func isToken(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"?%,{}\":[]".utf8.contains(byte)
        }
    }
}

extension TestSite {
    /// Returns once every issuer has keys but so many.
    func untilKeys(without missing: Int = 0) async throws {
        while true {
            let ready = try await send("GET /readyz", toAdmin: true)
            let lacking = ready.body.split(separator: "\n").filter { $0.contains("no keys of ") }
            if lacking.count <= missing { return }
            try Task.checkCancellation()
        }
    }
}

extension TemporaryDirectory {
    /// The bytes of a file; none where there is none.
    func bytes(_ name: String) -> [UInt8] {
        (try? FileSystem.read(self(name), maxBytes: 64 << 20)) ?? []
    }
}
