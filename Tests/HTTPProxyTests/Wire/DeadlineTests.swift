import HTTPProxy
import TestSupport
import Testing
import Transport

/// Peers that take too long. The deadlines are short; no test asserts how long anything took.
@Suite struct DeadlineTests {
    private static func options(
        _ configure: @escaping @Sendable (inout HTTPServerConfiguration) -> Void
    ) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.configure = configure
        return options
    }

    @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: g\r\n", "GET / HTTP/1.1\r\nHost: g\r\n\r"])
    func `HTTP-38 a head that does not end in time is a 408`(_ start: String) async throws {
        try await ProxyUnderTest.run(Self.options { $0.deadlines.head = .milliseconds(100) }) {
            let answer = try await $0.answer(to: start)
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect($0.log.admitted.isEmpty)
        }
    }

    @Test func `HTTP-38 a connection without a request is closed without an answer`() async throws {
        try await ProxyUnderTest.run(Self.options { $0.deadlines.firstByte = .milliseconds(100) }) {
            let answer = try await $0.answer(to: "")
            #expect(answer.isEmpty)
        }
        try await ProxyUnderTest.run(Self.options { $0.deadlines.idle = .milliseconds(100) }) {
            let answer = try await $0.answer(to: "GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\nok"))
        }
    }

    @Test func `HTTP-38 a connection whose request was refused is closed when it stays idle`()
        async throws
    {
        var options = Self.options { $0.deadlines.idle = .milliseconds(100) }
        options.verdict = { _, _ in .refuse(Refusal(status: 403, code: "no")) }
        try await ProxyUnderTest.run(options) {
            let answer = try await $0.answer(to: "GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(!answer.contains("Connection: close"))
        }
    }

    @Test func `HTTP-38 a connection is closed when it stays idle behind an answer read late`()
        async throws
    {
        var options = Self.options { $0.deadlines.idle = .seconds(1) }
        let body = [UInt8](repeating: 0x61, count: 8 << 20)
        options.verdict = { _, _ in .refuse(Refusal(status: 403, code: "no", body: body)) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await RawClient.connect(port: proxy.port, receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            _ = await proxy.log.waitForOutcomes(1)
            #expect(try await client.readToEnd().count > body.count)
            await client.close()
        }
    }

    @Test func `AV-10 requests wait while their client does not read the answers`() async throws {
        var options = ProxyUnderTest.Options()
        let (count, size) = (12, 1 << 20)
        options.verdict = { _, _ in
            .refuse(
                Refusal(status: 403, code: "no", body: [UInt8](repeating: 0x61, count: size)))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await RawClient.connect(port: proxy.port, receiveBuffer: 4096)
            let request = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"
            try await client.send(String(repeating: request, count: count))
            _ = await proxy.log.waitForOutcomes(1)
            // The one loop has looked at everything from the first client when it answers the second.
            let other = try await proxy.connect()
            try await other.send("GET /b HTTP/1.1\r\nHost: g\r\n\r\n")
            _ = try await other.read(until: "\r\n\r\n")
            #expect(proxy.log.admitted.count { $0 == "GET /a" } < count)
            for _ in 0..<count {
                let head = try await client.read(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 403 "))
                #expect(try await client.read(count: size).count == size)
            }
            await client.close()
            await other.close()
        }
    }

    @Test func `HTTP-38 a body that comes too slowly is a 408`() async throws {
        let options = Self.options {
            $0.deadlines.bodyWindow = .milliseconds(100)
            $0.deadlines.bodyMinimumBytes = 100
        }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 1000\r\n\r\nslow")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(await proxy.log.waitForOutcomes(1)[0].code == "body-timeout")
        }
    }

    @Test func `HTTP-38 a client that does not read its answer is cut`() async throws {
        var options = Self.options { $0.deadlines.write = .milliseconds(100) }
        let size = 16 << 20
        options.script = { _ in
            .sendBytes(
                Array("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n".utf8)
                    + [UInt8](repeating: 0, count: 8 << 20))
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await RawClient.connect(port: proxy.port, receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.status == 200 && !outcome.isComplete)
            await client.close()
        }
    }
}
