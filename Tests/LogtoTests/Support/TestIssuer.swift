import JOSE
import Logto
import Outbound
import System
import Telemetry
import TestSupport
import Values

/// An issuer whose answers a test sets, and a refresher of its keys on a manual clock.
final class TestIssuer: Sendable {
    let clock = ManualClock()
    let lines = LineList()
    let metrics = Metrics()
    let server: ScriptedServer
    let client: OutboundClient
    let refresher: KeyRefresher
    /// What is answered for the keys; nil is the document in `document`, revalidated by its ETag.
    let keysAnswer: Box<(@Sendable (ScriptedServer.Request) -> [ScriptedServer.Step])?>
    let document: Box<String>
    /// What is answered for discovery; nil is the right document.
    let discoveryAnswer: Box<(@Sendable (ScriptedServer.Request) -> [ScriptedServer.Step])?>
    private let published = AsyncStream<KeyPublication>.makeStream()

    var issuer: String { server.url + "/oidc" }

    init(document: String = TestKeys.first, settings: KeyRefreshSettings = .init()) throws {
        let keysAnswer = Box<(@Sendable (ScriptedServer.Request) -> [ScriptedServer.Step])?>(nil)
        let discoveryAnswer = Box<(@Sendable (ScriptedServer.Request) -> [ScriptedServer.Step])?>(
            nil)
        let current = Box(document)
        (self.keysAnswer, self.discoveryAnswer, self.document) = (
            keysAnswer, discoveryAnswer, current
        )
        server = try ScriptedServer { request in
            if request.target == "/oidc/jwks" {
                if let answer = keysAnswer.value { return answer(request) }
                let document = current.value
                let etag = "\"\(document.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })\""
                if request.headers["if-none-match"] == etag {
                    return ScriptedServer.answer(304, ["ETag": etag])
                }
                return ScriptedServer.answer(
                    200,
                    ["Content-Type": "application/jwk-set+json; charset=utf-8", "ETag": etag],
                    document)
            }
            if let answer = discoveryAnswer.value { return answer(request) }
            let issuer = "http://\(request.headers["host"] ?? "")/oidc"
            return ScriptedServer.json(
                200, #"{"issuer":"\#(issuer)","jwks_uri":"\#(issuer)/jwks"}"#)
        }
        client = try OutboundClient(metrics: metrics, clock: Clocks.monotonic)
        let sink = published.continuation
        refresher = KeyRefresher(
            issuer: server.url + "/oidc", client: client, settings: settings,
            clock: clock.service, metrics: metrics, logger: lines.logger(),
            publish: { sink.yield($0) })
    }

    /// Runs the refresher while the body does its work, then stops everything.
    func running(_ body: @escaping @Sendable (Publications) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [refresher] in try await refresher.run() }
            let publications = Publications(stream: published.stream)
            do {
                try await body(publications)
            } catch {
                group.cancelAll()
                server.stop()
                await client.shutdown()
                throw error
            }
            await refresher.stop()
            server.stop()
            try await group.waitForAll()
        }
        await client.shutdown()
    }

    /// How often keys were asked for.
    var keyRequests: Int { server.requests.count { $0.target == "/oidc/jwks" } }

    /// The pages of metrics, as text.
    var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return String(decoding: page.text(), as: UTF8.self)
    }

    struct Publications: Sendable {
        let stream: AsyncStream<KeyPublication>

        func next() async -> KeyPublication? {
            for await publication in stream { return publication }
            return nil
        }
    }
}
