import HTTPProxy
import TestSupport
import Transport
import Values

/// A running server with a recording upstream behind it.
struct ProxyUnderTest {
    let server: HTTPServer
    let upstream: RecordingUpstream
    let log: GateLog
    var port: UInt16 { server.boundAddress.port ?? 0 }

    /// What a test may set.
    struct Options {
        var loops = 1
        var configure: @Sendable (inout HTTPServerConfiguration) -> Void = { _ in }
        var protected = ["X-User-Id"]
        var verdict: TestGate.Verdict = { _, _ in .forward(to: 0, rules: .standard) }
        var later = TestGate.Later()
        var script: RecordingUpstream.Script = { request in
            .send(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                    + (request.hasPrefix("HEAD ") ? "" : "ok"))
        }
        /// How clients and the recording upstream are spoken to.
        var listener = ListenerSettings()
        var upstreamListener = ListenerSettings()
        /// Where requests go instead of to the recording upstream.
        var target: SocketAddress?
    }

    /// Runs the body against a server on free ports, and ends everything after it.
    static func run(
        _ options: Options = Options(), _ body: (ProxyUnderTest) async throws -> Void
    ) async throws {
        let upstreamGroup = try EventLoopGroup(count: 1, name: "upstream")
        upstreamGroup.start()
        var limits = LoopLimits()
        limits.sweepInterval = .milliseconds(20)
        let group = try EventLoopGroup(count: options.loops, name: "proxy", limits: limits)
        group.start()
        let upstream = try RecordingUpstream(
            on: upstreamGroup, settings: options.upstreamListener, script: options.script)
        var configuration = HTTPServerConfiguration(upstreams: [
            .init(name: "test", address: options.target ?? upstream.address)
        ])
        let edge = EdgeSettings(trustedProxies: .empty, identifier: "test")
        configuration.edge = edge ?? configuration.edge
        options.configure(&configuration)
        let log = GateLog()
        let (protected, verdict) = (options.protected, options.verdict)
        let later = options.later
        let server = try HTTPServer(
            group: group, address: .loopback(port: 0), settings: options.listener,
            configuration: configuration
        ) { _ in
            TestGate(protected: protected, log: log, verdict: verdict, later: later)
        }
        let proxy = ProxyUnderTest(server: server, upstream: upstream, log: log)
        do {
            try await body(proxy)
        } catch {
            await group.stop(drainDeadline: .zero)
            await upstreamGroup.stop(drainDeadline: .zero)
            throw error
        }
        await group.stop(drainDeadline: .zero)
        await upstreamGroup.stop(drainDeadline: .zero)
    }

    func connect() async throws -> RawClient {
        try await RawClient.connect(port: port)
    }

    /// Sends bytes on a new connection and reads until the server ends it.
    func answer(to bytes: [UInt8]) async throws -> String {
        let client = try await connect()
        try await client.send(bytes)
        let answer = try await client.readTextToEnd()
        await client.close()
        return answer
    }

    func answer(to text: String) async throws -> String {
        try await answer(to: Array(text.utf8))
    }
}

extension RawClient {
    /// Reads one answer framed by Content-Length: head and body.
    func readAnswer() async throws -> (head: String, body: String) {
        let head = try await read(until: "\r\n\r\n")
        let length =
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
        return (head, String(decoding: try await read(count: length), as: UTF8.self))
    }
}
