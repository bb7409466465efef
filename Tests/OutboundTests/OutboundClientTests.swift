import Outbound
import System
import Telemetry
import TestSupport
import Testing
import Values

/// A client against a scripted server. Deadlines are long unless the case is about one.
@Suite struct OutboundClientTests {
    private let client: OutboundClient
    private let metrics = Metrics()

    init() throws {
        client = try OutboundClient(metrics: metrics, clock: Clocks.monotonic)
    }

    private func outcome(
        _ request: OutboundRequest, of client: OutboundClient? = nil
    ) async -> OutboundFailure? {
        do {
            _ = try await (client ?? self.client).send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a request arrives as it was given, with nothing of libcurl's own`() async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.json(201, #"{"a":1}"#, ["Total-Number": "7", "X-Empty": ""])
        }
        defer { server.stop() }
        let response = try await client.send(
            OutboundRequest(
                .post, server.url + "/api/x?q=a%20b",
                headers: ["Content-Type": "application/json", "X-Nothing": ""],
                body: Array(#"{"b":2}"#.utf8)))
        #expect(response.status == 201)
        #expect(response.body == Array(#"{"a":1}"#.utf8))
        #expect(response.headers["total-number"] == "7")
        #expect(response.headers["x-empty"] == "")
        #expect(response.mediaType == "application/json")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/api/x?q=a%20b")
        #expect(request.bodyText == #"{"b":2}"#)
        #expect(
            Set(request.headers.fields.map { $0.name.lowercased() })
                == ["host", "content-type", "content-length", "x-nothing", "user-agent"])
    }

    @Test(arguments: [HTTPMethod.post, .put, .delete, .patch, .get, .head])
    func `every method is sent under its own name`(_ method: HTTPMethod) async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(204) }
        defer { server.stop() }
        let response = try await client.send(OutboundRequest(method, server.url + "/"))
        #expect(response.status == 204)
        #expect(server.requests.map(\.method) == [method.name])
        #expect(server.requests.first?.body == [])
        #expect(server.requests.first?.headers["content-type"] == nil)
    }

    @Test func `an empty body is sent as one`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(204) }
        defer { server.stop() }
        _ = try await client.send(OutboundRequest(.put, server.url + "/", body: []))
        #expect(server.requests.first?.headers["content-length"] == "0")
    }

    @Test func `a chunked answer is put together, its trailers are not header fields`() async throws
    {
        let server = try ScriptedServer { _ in
            [
                .send(
                    Array(
                        ("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
                            + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n2\r\nde\r\n0\r\nTotal-Number: 9\r\n\r\n").utf8))
            ]
        }
        defer { server.stop() }
        let response = try await client.send(OutboundRequest(.get, server.url + "/"))
        #expect(response.status == 200)
        #expect(response.body == Array("abcde".utf8))
        #expect(response.headers["total-number"] == nil)
        #expect(response.headers["link"] == nil)
    }

    @Test func `a redirect is an answer, never followed`() async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.answer(302, ["Location": "/elsewhere"])
        }
        defer { server.stop() }
        let response = try await client.send(OutboundRequest(.get, server.url + "/"))
        #expect(response.status == 302)
        #expect(server.requests.count == 1)
    }

    @Test func `content codings are neither asked for nor undone`() async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.answer(200, ["Content-Encoding": "gzip"], "not gzip")
        }
        defer { server.stop() }
        let response = try await client.send(OutboundRequest(.get, server.url + "/"))
        #expect(response.body == Array("not gzip".utf8))
        #expect(server.requests.first?.headers["accept-encoding"] == nil)
    }

    @Test func `an answer longer than allowed ends the call`() async throws {
        let server = try ScriptedServer { request in
            request.target == "/declared"
                ? [
                    .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n".utf8)),
                    .sendForever([UInt8](repeating: 0x20, count: 4_096)),
                ]
                : [
                    .send(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)),
                    .sendForever(Array("4\r\naaaa\r\n".utf8)),
                ]
        }
        defer { server.stop() }
        for target in ["/declared", "/endless"] {
            let failure = await outcome(
                OutboundRequest(.get, server.url + target, maxResponseBytes: 10_000))
            #expect(failure?.kind == .answerTooLarge)
            #expect(failure?.outcome == .unknown)
        }
    }

    @Test func `an endless head ends the call`() async throws {
        let server = try ScriptedServer { _ in
            [.send(Array("HTTP/1.1 200 OK\r\n".utf8)), .sendForever(Array("X-A: b\r\n".utf8))]
        }
        defer { server.stop() }
        let failure = await outcome(OutboundRequest(.get, server.url + "/"))
        #expect(failure?.kind == .answerTooLarge)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nA: b\r\n", "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    ])
    func `an answer cut short is an unknown outcome`(_ text: String) async throws {
        let server = try ScriptedServer { _ in [.send(Array(text.utf8)), .close] }
        defer { server.stop() }
        let failure = await outcome(OutboundRequest(.post, server.url + "/", body: [1]))
        #expect(failure?.kind == .interrupted)
        #expect(failure?.outcome == .unknown)
    }

    @Test(arguments: ["garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n"])
    func `an answer that is not HTTP is malformed`(_ text: String) async throws {
        let server = try ScriptedServer { _ in [.send(Array(text.utf8)), .close] }
        defer { server.stop() }
        let failure = await outcome(OutboundRequest(.get, server.url + "/"))
        #expect(failure?.kind == .malformedAnswer)
        #expect(failure?.outcome == .unknown)
    }

    @Test func `nobody listens: not sent`() async throws {
        let server = try ScriptedServer { _ in [.close] }
        server.stop()
        let failure = await outcome(OutboundRequest(.post, server.url + "/", body: [1]))
        #expect(failure?.kind == .unreachable)
        #expect(failure?.outcome == .notSent)
    }

    @Test func `KEY-12 a deadline covers the whole answer, and the outcome is unknown`()
        async throws
    {
        let server = try ScriptedServer { _ in
            [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na".utf8)), .hang]
        }
        defer { server.stop() }
        let failure = await outcome(
            OutboundRequest(.post, server.url + "/", deadline: .milliseconds(100)))
        #expect(failure?.kind == .timedOut)
        #expect(failure?.outcome == .unknown)
    }

    @Test func `cancelling waits, and says whether the request was sent`() async throws {
        let server = try ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        let failure = await withTaskGroup(of: OutboundFailure?.self) { group in
            group.addTask { await outcome(OutboundRequest(.post, server.url + "/")) }
            _ = await server.requests(atLeast: 1)
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(failure == OutboundFailure(.cancelled, .unknown))
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(204) }
        defer { server.stop() }
        let failure = await withTaskGroup(of: OutboundFailure?.self) { group in
            group.cancelAll()
            group.addTask { await outcome(OutboundRequest(.post, server.url + "/")) }
            return await group.next() ?? nil
        }
        #expect(failure == OutboundFailure(.cancelled, .notSent))
        #expect(server.requests.isEmpty)
    }

    @Test func `calls beyond the bounds are refused, waiting ones follow`() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer { _ in [.wait(gate)] + ScriptedServer.answer(204) }
        defer { server.stop() }
        let small = try OutboundClient(
            OutboundConfiguration(maxInFlight: 1, maxQueued: 0), metrics: metrics,
            clock: Clocks.monotonic)
        let request = OutboundRequest(.get, server.url + "/")
        await withTaskGroup(of: OutboundFailure?.self) { group in
            group.addTask { await outcome(request, of: small) }
            _ = await server.requests(atLeast: 1)
            // One is on the wire; of the next three at most one may wait.
            for _ in 0..<3 { group.addTask { await outcome(request, of: small) } }
            let first = await group.next() ?? nil
            #expect(first == OutboundFailure(.overloaded, .notSent))
            let second = await group.next() ?? nil
            #expect(second == OutboundFailure(.overloaded, .notSent))
            gate.open()
            for await failure in group { #expect(failure == nil) }
        }
        #expect(server.requests.count == 2)
        await small.shutdown()
    }

    @Test func `a call whose deadline passes while it waits was not sent`() async throws {
        let server = try ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        let small = try OutboundClient(
            OutboundConfiguration(maxInFlight: 1), metrics: metrics, clock: Clocks.monotonic)
        await withTaskGroup(of: OutboundFailure?.self) { group in
            group.addTask { await outcome(OutboundRequest(.get, server.url + "/"), of: small) }
            _ = await server.requests(atLeast: 1)
            let late = await outcome(
                OutboundRequest(.get, server.url + "/", deadline: .milliseconds(20)), of: small)
            #expect(late == OutboundFailure(.timedOut, .notSent))
            group.cancelAll()
        }
        await small.shutdown()
    }

    @Test func `shutting down ends every call and refuses further ones`() async throws {
        let server = try ScriptedServer { _ in [.hang] }
        defer { server.stop() }
        await withTaskGroup(of: OutboundFailure?.self) { group in
            group.addTask { await outcome(OutboundRequest(.get, server.url + "/")) }
            _ = await server.requests(atLeast: 1)
            await client.shutdown()
            let ended = await group.next() ?? nil
            #expect(ended == OutboundFailure(.stopped, .unknown))
        }
        let late = await outcome(OutboundRequest(.get, server.url + "/"))
        #expect(late == OutboundFailure(.stopped, .notSent))
        await client.shutdown()
    }

    @Test(arguments: [
        "http://192.0.2.1/", "http://localhost.example/", "http://127.0.0.1.example/",
        "http://0.0.0.0/", "http://[::]/", "ftp://localhost/", "file:///etc/passwd", "/x", "",
        "https://user:secret@localhost/", "http://localhost/#x", "http://localhost/a b",
        "http://local\r\nhost/",
    ])
    func `an address that may not be called is refused unsent`(_ url: String) async throws {
        let failure = await outcome(OutboundRequest(.get, url, deadline: .milliseconds(500)))
        #expect(failure?.kind == .invalidRequest)
        #expect(failure?.outcome == .notSent)
        #expect(failure?.detail.contains("secret") == false)
    }

    @Test(arguments: [
        ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\u{0}"), ("X Y", "a"), ("", "a"), ("X:", "a"),
        ("Host", "elsewhere"), ("Content-Length", "5"), ("transfer-encoding", "chunked"),
    ])
    func `a header field that would change the message is refused`(
        _ name: String, _ value: String
    ) async throws {
        let failure = await outcome(
            OutboundRequest(.get, "http://127.0.0.1:1/", headers: HeaderList([(name, value)])))
        #expect(failure?.kind == .invalidRequest)
    }

    @Test func `ended calls are counted by result`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(500) }
        defer { server.stop() }
        _ = try await client.send(OutboundRequest(.get, server.url + "/"))
        _ = await outcome(OutboundRequest(.get, "ftp://x/"))
        var page = MetricsPage()
        metrics.write(to: &page)
        let text = String(decoding: page.text(), as: UTF8.self)
        #expect(text.contains(#"gatehouse_outbound_calls_total{result="answered"} 1"#))
        #expect(text.contains(#"gatehouse_outbound_calls_total{result="request-invalid"} 1"#))
        #expect(text.contains("gatehouse_outbound_call_duration_seconds_count 2"))
    }
}
