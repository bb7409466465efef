import JOSE
import Logto
import Outbound
import System
import Telemetry
import TestSupport
import Values

/// The server of an issuer, whose answers a test sets.
final class ScriptedIssuer: Sendable {
    typealias Answer = @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]

    let server: ScriptedServer
    /// What is answered for the keys; nil is the document in `document`, revalidated by its ETag.
    let keysAnswer = Box<Answer?>(nil)
    let document: Box<String>
    /// What is answered for discovery; nil is the right document.
    let discoveryAnswer = Box<Answer?>(nil)

    init(_ document: String) throws {
        let current = Box(document)
        self.document = current
        server = try ScriptedServer { [keysAnswer, discoveryAnswer] request in
            if request.target == "/oidc/jwks" {
                if let answer = keysAnswer.value { return answer(request) }
                let document = current.value
                let etag = Self.etag(of: document)
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
    }

    static func etag(of document: String) -> String {
        "\"\(document.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })\""
    }
}

/// An issuer whose answers a test sets, and a refresher of its keys on a manual clock.
final class TestIssuer: Sendable {
    let clock: ManualClock
    let lines = LineList()
    let metrics = Metrics()
    let site: ScriptedIssuer
    let client: OutboundClient
    let refresher: KeyRefresher
    /// What was published last.
    let latest = Box<KeyPublication?>(nil)
    /// How much was published.
    var published: Int { count.value }
    private let count = Box(0)
    private let publications = AsyncStream<KeyPublication>.makeStream()

    var server: ScriptedServer { site.server }
    var keysAnswer: Box<ScriptedIssuer.Answer?> { site.keysAnswer }
    var discoveryAnswer: Box<ScriptedIssuer.Answer?> { site.discoveryAnswer }
    var document: Box<String> { site.document }
    var issuer: String { server.url + "/oidc" }

    /// - Parameters:
    ///   - site: the issuer of a refresher before, to begin another as a restart does.
    ///   - saved: the folder of saved copies.
    init(
        document: String = TestKeys.first, settings: KeyRefreshSettings = .init(),
        alsoFor shared: [String] = [], source: KeySource = .discovery, saved: String? = nil,
        after site: ScriptedIssuer? = nil, clock: ManualClock = ManualClock()
    ) throws {
        self.site = try site ?? ScriptedIssuer(document)
        self.clock = clock
        client = try OutboundClient(metrics: metrics, clock: Clocks.monotonic)
        let (sink, latest, count) = (publications.continuation, latest, count)
        refresher = KeyRefresher(
            issuer: self.site.server.url + "/oidc", alsoFor: shared, source: source,
            savedCopies: saved.map { SavedKeys(folder: $0) }, client: client, settings: settings,
            clock: clock.service, metrics: metrics, logger: lines.logger(),
            publish: { publication in
                latest.value = publication
                count.change { $0 += 1 }
                sink.yield(publication)
            })
    }

    /// Runs the refresher while the body does its work, then stops everything.
    ///
    /// - Parameter keepsSite: whether the issuer's server goes on, for another refresher.
    func running(
        keepsSite: Bool = false, _ body: @escaping @Sendable (Publications) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [refresher] in try await refresher.run() }
            let publications = Publications(stream: publications.stream)
            do {
                try await body(publications)
            } catch {
                group.cancelAll()
                server.stop()
                await client.shutdown()
                throw error
            }
            await refresher.stop()
            if !keepsSite { server.stop() }
            try await group.waitForAll()
        }
        await client.shutdown()
    }

    /// Runs until the keys are there, and ends as a process does that is restarted.
    func runOnce() async throws {
        try await running(keepsSite: true) { publications in
            while let publication = await publications.next(), publication.state != .current {}
        }
    }

    /// Waits until the refresher sleeps so long, and lets that time pass.
    func pass(_ duration: Duration) async {
        await clock.sleeper(for: duration)
        clock.advance(by: duration)
    }

    /// Flushes, as soon as the refresher runs.
    func flushed() async -> KeyFlush {
        while true {
            let outcome = await refresher.flush()
            if outcome != .notRunning { return outcome }
            await Task.yield()
        }
    }

    /// How often keys were asked for.
    var keyRequests: Int { server.requests.count { $0.target == "/oidc/jwks" } }

    /// The pages of metrics, as text.
    var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return String(decoding: page.text(), as: UTF8.self)
    }

    /// The value of a metric of this issuer; nil where the page has none.
    func metric(_ name: String, _ label: String = "") -> String? {
        let start = "\(name){issuer=\"\(issuer)\"\(label.isEmpty ? "" : ",\(label)")} "
        return page.split(separator: "\n").first { $0.hasPrefix(start) }
            .map { String($0.dropFirst(start.count)) }
    }

    struct Publications: Sendable {
        let stream: AsyncStream<KeyPublication>

        func next() async -> KeyPublication? {
            for await publication in stream { return publication }
            return nil
        }
    }
}
