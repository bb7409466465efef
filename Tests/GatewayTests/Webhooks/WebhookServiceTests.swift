import Cryptography
import Documents
import HTTPProxy
import Logto
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

@Suite struct WebhookServiceTests {
    /// Remembers what it was told to forget.
    final class Caches: LogtoCaches {
        private let scopes = Mutex<[CacheScope]>([])
        var forgotten: [CacheScope] { scopes.withLock { $0 } }
        func forget(_ scope: CacheScope) async { scopes.withLock { $0.append(scope) } }
    }

    /// Does not get done with forgetting until it is told to.
    final class SlowCaches: LogtoCaches {
        private let held = Mutex<[CheckedContinuation<Void, Never>]>([])
        var count: Int { held.withLock { $0.count } }

        func forget(_ scope: CacheScope) async {
            await withCheckedContinuation { continuation in
                held.withLock { $0.append(continuation) }
            }
        }

        func release() {
            let all = held.withLock { held in
                defer { held = [] }
                return held
            }
            for continuation in all { continuation.resume() }
        }
    }

    /// A service with loops, tables and a journal.
    struct Bench {
        let service: LogtoWebhookService
        let caches: Caches
        let journal: RevocationServiceTests.Journal
        let metrics: Metrics

        func answer(
            _ body: [UInt8], signature: [String], method: HTTPMethod = .post,
            at time: UnixTime = WebhookServiceTests.now
        ) async -> LocalResponse {
            var headers: HeaderList = ["Content-Type": "application/json"]
            for signature in signature { headers.append("Logto-Signature-SHA-256", signature) }
            return await service.answer(
                to: LocalRequest(
                    method: method, path: "/hooks/logto", query: nil, headers: headers, body: body,
                    requestID: RequestID("r1"), peer: .loopback(port: 1), receivedAt: time))
        }
    }

    static let now = UnixTime(seconds: 1_795_270_630)
    static let key = "H1vvGK0fQLujCJe63lFtxgSsRRxrtv1t"
    static let deletion = Array(
        #"{"event":"User.Deleted","createdAt":"\#(now.rfc3339)","params":{"userId":"u1"}}"#.utf8)

    static func signature(of body: [UInt8], key: String = key) -> String {
        Hexadecimal.text(HMACSHA256.authenticate(body, key: Array(key.utf8)))
    }

    func with(
        keys: [String] = [key], at time: UnixTime = now, alsoCaches slow: [any LogtoCaches] = [],
        _ body: (Bench) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1, name: "loop")
        loops.start()
        let clock = ManualClock(wall: time)
        let journal = RevocationServiceTests.Journal()
        let metrics = Metrics()
        let revocations = RevocationService(
            journal: journal, loops: loops,
            life: WatermarkLife(longestToken: 86_400, leeway: 30),
            clock: ServiceClock(
                monotonic: { clock.now }, wall: { clock.wall }, sleep: { await clock.sleep($0) },
                random: { 1 }),
            metrics: metrics, logger: .off)
        let caches = Caches()
        let service = LogtoWebhookService(
            secrets: keys.map { Secret($0) }, caches: [caches] + slow, revocations: revocations,
            work: LocalWork(name: "webhooks", capacity: 1), metrics: metrics, logger: .off)
        try await body(
            Bench(service: service, caches: caches, journal: journal, metrics: metrics))
        await loops.stop(drainDeadline: .zero)
    }

    @Test func `a signed delivery is answered 204 when its effect is in force and stored`()
        async throws
    {
        try await with { bench in
            let answer = await bench.answer(
                Self.deletion, signature: [Self.signature(of: Self.deletion)])
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(
                bench.journal.kept
                    == [Watermark(.user(UserID("u1")), notBefore: Self.now.advanced(bySeconds: 1))])
            #expect(bench.caches.forgotten == [.user(UserID("u1"))])
        }
    }

    @Test func `AZ-34 a signature that is absent, doubled, malformed or wrong is 401`()
        async throws
    {
        let good = Self.signature(of: Self.deletion)
        try await with { bench in
            for signature in [
                [], [good, good], [good, "x"], [good.uppercased()], ["0x" + good],
                [String(good.dropLast())], [good + "0"], [good + ","], ["sha256=" + good], [""],
                [String(repeating: "0", count: 64)], [String(repeating: "g", count: 64)],
                [Self.signature(of: Self.deletion, key: "")],
                [Self.signature(of: Self.deletion, key: Self.key + "x")],
                [Self.signature(of: Self.deletion + [0x0A])],
            ] {
                let answer = await bench.answer(Self.deletion, signature: signature)
                #expect(answer.status == 401, "\(signature)")
                #expect(answer.headers["WWW-Authenticate"] != nil)
            }
            #expect(bench.journal.kept.isEmpty)
            #expect(bench.caches.forgotten.isEmpty)
        }
    }

    @Test func `AZ-34 both secrets count while one replaces the other, an empty one never`()
        async throws
    {
        try await with(keys: ["old", "", "new"]) { bench in
            for (key, status) in [("old", 204), ("new", 204), ("", 401), ("older", 401)] {
                let answer = await bench.answer(
                    Self.deletion, signature: [Self.signature(of: Self.deletion, key: key)])
                #expect(answer.status == status, "\(key)")
            }
        }
    }

    @Test func `AZ-34 what is not signed takes no place of a delivery`() async throws {
        let slow = SlowCaches()
        let good = Self.signature(of: Self.deletion)
        try await with(alsoCaches: [slow]) { bench in
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        await bench.answer(Self.deletion, signature: [good]).status
                    }
                }
                while slow.count < 64 { await Task.yield() }
                let bad = String(repeating: "0", count: 64)
                #expect(await bench.answer(Self.deletion, signature: [bad]).status == 401)
                #expect(await bench.answer(Self.deletion, signature: [good]).status == 503)
                slow.release()
                for await status in group { #expect(status == 204) }
            }
        }
    }

    @Test(arguments: [HTTPMethod.get, .head, .put, .delete, .options])
    func `AZ-34 another method is 405, whatever it carries`(_ method: HTTPMethod) async throws {
        try await with { bench in
            let answer = await bench.answer(
                Self.deletion, signature: [Self.signature(of: Self.deletion)], method: method)
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] == "POST")
            #expect(bench.journal.kept.isEmpty)
        }
    }

    @Test func `AZ-34 nothing is read before the signature was checked`() async throws {
        try await with { bench in
            let answer = await bench.answer(
                Array("no JSON".utf8), signature: [String(repeating: "0", count: 64)])
            #expect(answer.status == 401)
        }
    }

    @Test func `a signed body that is no JSON object is 400, and nothing remembered is trusted`()
        async throws
    {
        try await with { bench in
            let body = Array("[]".utf8)
            let answer = await bench.answer(body, signature: [Self.signature(of: body)])
            #expect(answer.status == 400)
            #expect(bench.caches.forgotten == [.everything])
        }
    }

    @Test func `AZ-34 a replay repeats an old maximum and nothing more`() async throws {
        try await with { bench in
            let later = Array(
                """
                {"event":"User.Deleted","createdAt":"\(Self.now.advanced(bySeconds: 50).rfc3339)",
                 "params":{"userId":"u1"}}
                """.utf8)
            let time = Self.now.advanced(bySeconds: 60)
            for body in [Self.deletion, later, Self.deletion, Self.deletion] {
                let answer = await bench.answer(
                    body, signature: [Self.signature(of: body)], at: time)
                #expect(answer.status == 204)
            }
            // The clock of the service stands still, and nothing counts as later than it by more
            // than the leeway.
            let latest = Self.now.advanced(bySeconds: 30 + 1)
            #expect(bench.journal.kept == [Watermark(.user(UserID("u1")), notBefore: latest)])
        }
    }

    @Test func `AZ-34 out of order, the later event counts`() async throws {
        try await with(at: Self.now.advanced(bySeconds: 100)) { bench in
            for second: Int64 in [20, 50, 10, 30] {
                let at = Self.now.advanced(bySeconds: second)
                let body = Array(
                    #"{"event":"User.Deleted","createdAt":"\#(at.rfc3339)","params":{"userId":"u1"}}"#
                        .utf8)
                _ = await bench.answer(
                    body, signature: [Self.signature(of: body)],
                    at: Self.now.advanced(bySeconds: 100))
            }
            #expect(
                bench.journal.kept
                    == [Watermark(.user(UserID("u1")), notBefore: Self.now.advanced(bySeconds: 51))]
            )
        }
    }

    @Test func `a store that fails answers 503, and caches are forgotten all the same`()
        async throws
    {
        try await with { bench in
            bench.journal.failure = .full(path: "p")
            let answer = await bench.answer(
                Self.deletion, signature: [Self.signature(of: Self.deletion)])
            #expect(answer.status == 503)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("revocation-not-stored"))
            #expect(bench.caches.forgotten == [.user(UserID("u1"))])
        }
    }

    @Test func `no answer redirects`() async throws {
        try await with { bench in
            for method in [HTTPMethod.get, .post, .put] {
                for signature in [[], [Self.signature(of: Self.deletion)]] {
                    let answer = await bench.answer(
                        Self.deletion, signature: signature, method: method)
                    #expect(!(300..<400).contains(answer.status))
                    #expect(answer.headers["Location"] == nil)
                }
            }
        }
    }
}
