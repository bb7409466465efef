import HTTPProxy
import Synchronization
import TestSupport
import Testing
import Values

/// Exchanges that go on while what they were allowed by changes.
@Suite struct ReviewTests {
    /// What the gate says of exchanges that go on.
    private final class Decisions: Sendable {
        private let state = Mutex<(standing: UInt64, review: Review, count: Int)>(
            (1, .stands(until: nil), 0))

        var standing: UInt64 { state.withLock { $0.standing } }
        var count: Int { state.withLock { $0.count } }

        func review(_ line: String) -> Review {
            state.withLock { state in
                state.count += 1
                return state.review
            }
        }

        /// Something changed.
        func change(_ review: Review) {
            state.withLock { state in
                state.review = review
                state.standing += 1
            }
        }
    }

    private static let refusal = Refusal(status: 401, code: "token-stale")
    private static let request = "GET /events HTTP/1.1\r\nHost: g\r\n\r\n"

    private func options(
        _ decisions: Decisions, answering reply: RecordingUpstream.Reply,
        reviewAt: MonotonicTime? = nil
    ) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.script = { _ in reply }
        options.later.standing = { decisions.standing }
        options.later.ask = { decisions.review($0) }
        options.verdict = { _, edits in
            edits.reviewAt = reviewAt
            return .forward(to: 0, rules: .standard)
        }
        return options
    }

    private static let stream: RecordingUpstream.Reply =
        .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")

    @Test func `AV-29 a stream is cut when a change forbids it, and its upstream is left`()
        async throws
    {
        let decisions = Decisions()
        try await ProxyUnderTest.run(options(decisions, answering: Self.stream)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            _ = try await client.read(until: "one\r\n")
            decisions.change(.ends(Self.refusal))
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.code == "token-stale")
            #expect(outcome.source == "gate")
            #expect(!outcome.isComplete)
            // Cut, not ended: an end would look like the end of the answer.
            var isCut = false
            do {
                _ = try await client.readToEnd()
            } catch {
                isCut = true
            }
            #expect(isCut)
        }
    }

    @Test func `a stream that a change still allows goes on`() async throws {
        let decisions = Decisions()
        try await ProxyUnderTest.run(options(decisions, answering: Self.stream)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            _ = try await client.read(until: "one\r\n")
            decisions.change(.stands(until: nil))
            while decisions.count == 0 { await Task.yield() }
            decisions.change(.stands(until: nil))
            while decisions.count == 1 { await Task.yield() }
            #expect(proxy.log.outcomes.isEmpty)
            #expect(decisions.count == 2)
        }
    }

    @Test func `a request that still waits for its answer gets the refusal`() async throws {
        let decisions = Decisions()
        try await ProxyUnderTest.run(options(decisions, answering: .none)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            while proxy.upstream.requests.isEmpty { await Task.yield() }
            decisions.change(.ends(Self.refusal))
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 401 "))
            #expect(await proxy.log.waitForOutcomes(1)[0].isComplete)
        }
    }

    @Test func `AV-28 an exchange is looked at again when its token ends`() async throws {
        let decisions = Decisions()
        decisions.change(.ends(Self.refusal))
        let past = MonotonicTime(nanoseconds: 1)
        let all = options(decisions, answering: Self.stream, reviewAt: past)
        try await ProxyUnderTest.run(all) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            #expect(await proxy.log.waitForOutcomes(1)[0].code == "token-stale")
            #expect(decisions.count == 1)
        }
    }

    @Test func `what stays undecided is refused in the end`() async throws {
        let decisions = Decisions()
        try await ProxyUnderTest.run(options(decisions, answering: Self.stream)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            _ = try await client.read(until: "one\r\n")
            decisions.change(.undecided)
            #expect(await proxy.log.waitForOutcomes(1)[0].code == "overloaded")
            #expect(decisions.count > 10)
        }
    }

    @Test func `an exchange that has ended is not looked at`() async throws {
        let decisions = Decisions()
        let reply = RecordingUpstream.Reply.send(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await ProxyUnderTest.run(options(decisions, answering: reply)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.request)
            #expect(try await client.readAnswer().body == "ok")
            decisions.change(.ends(Self.refusal))
            try await client.send(Self.request)
            #expect(try await client.readAnswer().body == "ok")
        }
    }

    @Test func `every stream that a change forbids is ended`() async throws {
        let decisions = Decisions()
        try await ProxyUnderTest.run(options(decisions, answering: Self.stream)) { proxy in
            var clients: [RawClient] = []
            for _ in 0..<40 {
                let client = try await proxy.connect()
                try await client.send(Self.request)
                _ = try await client.read(until: "one\r\n")
                clients.append(client)
            }
            decisions.change(.ends(Self.refusal))
            let outcomes = await proxy.log.waitForOutcomes(40)
            #expect(outcomes.allSatisfy { $0.code == "token-stale" })
        }
    }
}
