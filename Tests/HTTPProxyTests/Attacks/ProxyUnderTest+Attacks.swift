import HTTPProxy
import TestSupport
import Testing

extension ProxyUnderTest {
    /// Sends an attack with a request behind it, and looks at everything that must hold of a refusal:
    /// one answer with the status, the end of the connection, nothing sent to the upstream, and a server
    /// that serves the next client.
    func expectRefused(
        _ attack: RefusedBytes, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let sent = upstream.received.utf8.count
        let admitted = log.admitted.count
        // What follows the attack must never be read as a request.
        let next = Array("GET /next HTTP/1.1\r\nHost: g\r\n\r\n".utf8)
        let answer = try await answer(to: attack.bytes + next)
        let said: Comment = "\(attack.name): \(answer)"
        #expect(
            answer.hasPrefix("HTTP/1.1 \(attack.status) "), said, sourceLocation: sourceLocation)
        #expect(
            answer.occurrences(of: "HTTP/1.1 ") == 1
                && answer.range(of: "Connection: close\r\n") != nil
                && answer.range(of: "application/problem+json") != nil,
            said, sourceLocation: sourceLocation)
        #expect(upstream.received.utf8.count == sent, said, sourceLocation: sourceLocation)
        #expect(
            !log.admitted.dropFirst(admitted).contains("GET /next"), said,
            sourceLocation: sourceLocation)
        try await expectServing(sourceLocation: sourceLocation)
    }

    /// A good request on a new connection succeeds.
    func expectServing(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let good = try await answer(
            to: "GET /good HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
        #expect(good.hasPrefix("HTTP/1.1 200 "), "\(good)", sourceLocation: sourceLocation)
    }

    /// What the upstream received for one request that must be forwarded, in lower case.
    func forwarded(
        _ request: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let before = upstream.requests.count
        let client = try await connect()
        try await client.send(request)
        let answer = try await client.readAnswer()
        #expect(
            answer.head.hasPrefix("HTTP/1.1 200 "), "\(request): \(answer.head)",
            sourceLocation: sourceLocation)
        await client.close()
        let requests = upstream.requests.dropFirst(before)
        #expect(requests.count == 1, "\(request)", sourceLocation: sourceLocation)
        return requests.joined().lowercased()
    }
}
