import Cryptography
import Documents
import JOSE
import LogtoEmulator
import Synchronization
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// An issuer that a gateway discovers, whose answers a test sets.
final class KeyIssuer: Sendable {
    typealias Steps = @Sendable () -> [ScriptedServer.Step]

    private final class State: Sendable {
        let keys: Mutex<Steps>
        let discovery = Mutex<Steps?>(nil)

        init(_ keys: @escaping Steps) { self.keys = Mutex(keys) }
    }

    let signer: TokenSigner
    let server: ScriptedServer
    private let state: State

    /// - Parameter keys: the answer for the keys; by default the signer's key.
    init(_ signer: TokenSigner, keys: Steps? = nil) throws {
        self.signer = signer
        let set = TokenForge.set(signer)
        let state = State(keys ?? { ScriptedServer.json(200, set) })
        self.state = state
        server = try ScriptedServer { request in
            if request.target == "/oidc/jwks" { return state.keys.withLock { $0 }() }
            if let steps = state.discovery.withLock({ $0 }) { return steps() }
            let issuer = "http://\(request.headers["host"] ?? "")/oidc"
            return ScriptedServer.json(
                200, #"{"issuer":"\#(issuer)","jwks_uri":"\#(issuer)/jwks"}"#)
        }
    }

    var name: String { server.url + "/oidc" }

    func answerKeys(_ steps: @escaping Steps) { state.keys.withLock { $0 = steps } }
    func answerDiscovery(_ steps: @escaping Steps) { state.discovery.withLock { $0 = steps } }

    /// A token of this issuer that nobody has seen yet.
    func token(by other: TokenSigner? = nil, kid: String? = nil) throws -> String {
        try Self.token(of: name, by: other ?? signer, kid: kid)
    }

    static func token(of issuer: String, by signer: TokenSigner, kid: String? = nil) throws
        -> String
    {
        let bench = try AttackSite.forge.get().at(Clocks.wall().seconds)
        return try bench.token(
            header: [
                "kid": .string(kid ?? signer.keyID.text),
                "alg": .string(signer.algorithm.rawValue),
            ],
            payload: ["iss": .string(issuer), "jti": .string("\(UInt64.random(in: 0 ... .max))")],
            by: signer)
    }
}

extension TestSite {
    /// A gateway that trusts these issuers besides its own, and has all keys that it can have.
    static func discovering(
        _ issuers: [String], unusable: Int = 0, more: String = "",
        _ body: (TestSite) async throws -> Void
    ) async throws {
        let list = issuers.map { "{issuer: \"\($0)\", keys: discover}" }
            .joined(separator: ", ")
        try await with(
            configuration: { text in
                text.replacing("logto:\n", with: "logto:\n  issuers: [\(list)]\n\(more)")
            }
        ) { site in
            try await site.untilKeys(without: unusable)
            try await body(site)
            // Whatever the others did, the gateway's own issuer is served, and the process alive.
            let own = try await site.send(
                "GET /orgs/org_a/projects", token: site.token("u_ann", in: "org_a"))
            #expect(own.status == 200, "\(own.body)")
            #expect(try await site.send("GET /healthz").status == 200)
        }
    }

    /// A token is let in.
    func expectGranted(_ token: String, _ said: Comment) async throws {
        let answer = try await send(AttackSite.route, token: token)
        #expect(answer.status == 200, "\(said): \(answer.body)")
    }

    /// A token is refused with one of these codes, and the backend receives nothing.
    func expectRefused(_ token: String, _ codes: [String], _ said: Comment) async throws {
        let received = backend.requests.count
        let answer = try await send(AttackSite.route, token: token)
        let all: Comment = "\(said): \(answer.head) \(answer.body)"
        #expect(codes.contains(answer.code ?? ""), all)
        switch answer.status {
        case 401:
            #expect(
                answer.header("WWW-Authenticate")?.contains("error=\"invalid_token\"") == true,
                all)
        case 503: #expect(answer.header("Retry-After") != nil, all)
        default: Issue.record(all)
        }
        #expect(answer.header("Content-Type") == "application/problem+json", all)
        #expect(!answer.head.contains(TokenForge.mark), all)
        #expect(!answer.body.contains(TokenForge.mark), all)
        #expect(backend.requests.count == received, all)
    }
}
