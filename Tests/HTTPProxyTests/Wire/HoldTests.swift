import HTTPProxy
import Synchronization
import TestSupport
import Testing
import Transport

/// Requests that the gate holds until something is known.
@Suite struct HoldTests {
    private final class Tickets: Sendable {
        private let kept = Mutex<[ExchangeTicket]>([])
        var count: Int { kept.withLock { $0.count } }
        func keep(_ ticket: ExchangeTicket) { kept.withLock { $0.append(ticket) } }
        func resumeAll() {
            for ticket in kept.withLock({ $0 }) { ticket.resume() }
        }
        func waitForOne() async {
            while count == 0 { await Task.yield() }
        }
    }

    @Test func `a held request is judged again with the same head, then forwarded with its body`()
        async throws
    {
        let tickets = Tickets()
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            if edits.resumedHold == HoldID(1) { return .forward(to: 0, rules: .standard) }
            tickets.keep(edits.ticket)
            return .hold(HoldID(1))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello"
                    + "GET /b HTTP/1.1\r\nHost: g\r\n\r\n")
            await tickets.waitForOne()
            #expect(proxy.upstream.received.isEmpty)
            tickets.resumeAll()
            #expect(try await client.readAnswer().body == "ok")
            while tickets.count < 2 { await Task.yield() }
            // The first ticket is used up: it must not resume the next exchange in its place.
            tickets.resumeAll()
            #expect(try await client.readAnswer().body == "ok")
            #expect(proxy.log.admitted == ["POST /a", "POST /a", "GET /b", "GET /b"])
            #expect(proxy.upstream.requests.count == 2)
            #expect(proxy.upstream.requests[0].hasSuffix("\r\n\r\nhello"))
        }
    }

    @Test func `one cause holds a request once`() async throws {
        let tickets = Tickets()
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            tickets.keep(edits.ticket)
            return .hold(HoldID(1))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            await tickets.waitForOne()
            tickets.resumeAll()
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `a hold that ends with its deadline is a 503 on a used connection too`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            line == "GET /held" ? .hold(HoldID(1)) : .forward(to: 0, rules: .standard)
        }
        options.configure = { $0.deadlines.hold = .milliseconds(100) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "ok")
            try await client.send("GET /held HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readTextToEnd().hasPrefix("HTTP/1.1 503 "))
            await client.close()
        }
    }

    @Test func `what the gate noted before a hold is there again after it`() async throws {
        let tickets = Tickets()
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            if edits.resumedHold != nil {
                return .refuse(Refusal(status: 403, code: "tag \(edits.tag)"))
            }
            edits.tag = 7
            tickets.keep(edits.ticket)
            return .hold(HoldID(1))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            await tickets.waitForOne()
            tickets.resumeAll()
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.code == "tag 7" && outcome.tag == 7)
            await client.close()
        }
    }

    @Test func `a hold ends with its deadline and frees its place`() async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, _ in .hold(HoldID(1)) }
        options.configure = {
            $0.deadlines.hold = .milliseconds(100)
            $0.limits.waitingExchanges = 1
        }
        try await ProxyUnderTest.run(options) { proxy in
            for _ in 0..<2 {
                let answer = try await proxy.answer(to: "GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 503 "))
                #expect(answer.range(of: "decision-timeout") != nil)
            }
        }
    }

    @Test func `the number of held requests is bounded`() async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, _ in .hold(HoldID(1)) }
        options.configure = {
            $0.deadlines.hold = .seconds(60)
            $0.limits.waitingExchanges = 1
        }
        try await ProxyUnderTest.run(options) { proxy in
            let first = try await proxy.connect()
            try await first.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            while proxy.log.admitted.isEmpty { await Task.yield() }
            let second = try await proxy.connect()
            try await second.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            let overloaded = try await second.readAnswer()
            #expect(overloaded.head.hasPrefix("HTTP/1.1 503 "))
            #expect(overloaded.body.range(of: "overloaded") != nil)
            await first.close()
        }
    }

    @Test func `a client that leaves while held frees its place`() async throws {
        let tickets = Tickets()
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            tickets.keep(edits.ticket)
            return .hold(HoldID(1))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            await tickets.waitForOne()
            await client.reset()
            #expect(await proxy.log.waitForOutcomes(1)[0].source == "client left")
            tickets.resumeAll()
        }
    }
}
