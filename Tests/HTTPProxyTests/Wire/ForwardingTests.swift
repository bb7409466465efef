import HTTPProxy
import TestSupport
import Testing
import Transport

@Suite struct ForwardingTests {
    @Test func `a request is forwarded with our lines, and its answer comes back`() async throws {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "GET /public/a?x=1 HTTP/1.1\r\nHost: g.test\r\nAccept: */*\r\nConnection: keep-alive\r\nX-A:  b \r\n\r\n"
            )
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"))
            #expect(answer.body == "ok")
            #expect(
                proxy.upstream.requests == [
                    "GET /public/a?x=1 HTTP/1.1\r\nHost: g.test\r\nAccept: */*\r\nX-A:  b \r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: g.test\r\n\r\n"
                ])
        }
    }
}
