import JOSE
import System
import Testing
import Transport
import Values

@testable import Gateway

@Suite struct VerificationQueueTests {
    private static let issuer = try? ForeignIssuer(name: "https://id.acme.example", keyID: "K")
    private static let hash = SipHash(key: (1, 2))

    /// Different tokens, all of the right form: nobody checks their signatures here.
    private func key(_ number: Int) throws -> TokenKey {
        let issuer = try #require(Self.issuer)
        let now = UnixTime(seconds: 1_790_000_000)
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(issuers: [issuer.name]),
            keys: [issuer.name: issuer.keys], generation: 1)
        let token = TestSite.forged(try issuer.token(at: now), number)
        return TokenKey(
            try TokenVerifier(trust: trust).screen(Array(token.utf8).span, now: now),
            hash: Self.hash)
    }

    private func address(_ number: UInt32) -> SocketAddress {
        .ipv4(0x0A00_0000 + number, port: UInt16(number))
    }

    @Test func `senders take turns, and one sender's tokens keep their order`() throws {
        var queue = VerificationQueue<Int>()
        let keys = try (0..<6).map(key)
        for number in 0..<4 { _ = queue.add(keys[number], from: address(1), number) }
        _ = queue.add(keys[4], from: address(2), 4)
        _ = queue.add(keys[5], from: .ipv6(high: 7, low: 1, scope: 0, port: 1), 5)
        var order: [Int] = []
        while let next = queue.next() { order += queue.finish(next.number) }
        #expect(order == [0, 4, 5, 1, 2, 3])
        #expect(queue.count == 0)
        #expect(queue.bytes == 0)
        #expect(queue.waiters == 0)
        #expect(queue.waiting == 0)
    }

    @Test func `the same token is taken in once, also while it is being checked`() throws {
        var queue = VerificationQueue<Int>()
        let token = try key(1)
        #expect(queue.add(token, from: address(1), 1).outcome == .queued)
        #expect(queue.add(token, from: address(2), 2).outcome == .joined)
        let first = queue.next()
        let next = try #require(first)
        #expect(queue.add(token, from: address(3), 3).outcome == .joined)
        let second = queue.next()
        #expect(second == nil)
        let waiters = queue.finish(next.number)
        #expect(waiters == [1, 2, 3])
        #expect(queue.add(token, from: address(3), 3).outcome == .queued)
    }

    @Test func `a full queue takes from the longest lane for a sender with fewer`() throws {
        var queue = VerificationQueue<Int>(.init(tokens: 4))
        let keys = try (0..<9).map(key)
        for number in 0..<4 { _ = queue.add(keys[number], from: address(1), number) }
        // The sender itself has no claim to more.
        #expect(queue.add(keys[4], from: address(1), 4).outcome == .full)
        var (outcome, displaced) = queue.add(keys[5], from: address(2), 5)
        #expect(outcome == .queued)
        #expect(displaced == [3])
        (outcome, displaced) = queue.add(keys[6], from: address(2), 6)
        #expect(outcome == .queued)
        #expect(displaced == [2])
        // Two and two: nobody has more than the other would have.
        (outcome, displaced) = queue.add(keys[7], from: address(2), 7)
        #expect(outcome == .full)
        #expect(displaced.isEmpty)
        #expect(queue.count == 4)
        var order: [Int] = []
        while let next = queue.next() { order += queue.finish(next.number) }
        #expect(order == [0, 5, 1, 6])
    }

    @Test func `bytes and waiters are bounded`() throws {
        let token = try key(1)
        let size = token.token.bytes.count
        var queue = VerificationQueue<Int>(.init(tokens: 10, bytes: size * 2, waiters: 3))
        #expect(queue.add(token, from: address(1), 1).outcome == .queued)
        #expect(queue.add(try key(2), from: address(1), 2).outcome == .queued)
        #expect(queue.add(try key(3), from: address(1), 3).outcome == .full)
        #expect(queue.add(token, from: address(1), 4).outcome == .joined)
        #expect(queue.add(token, from: address(1), 5).outcome == .full)
        #expect(queue.waiters == 3)
        #expect(queue.bytes == size * 2)
        let left = queue.removeWaiting()
        #expect(left.sorted() == [1, 2, 4])
        #expect(queue.bytes == 0)
    }

    @Test func `an address of IPv6 counts with its network, and ports do not count`() {
        #expect(
            Sender(.ipv6(high: 1, low: 2, scope: 0, port: 3))
                == Sender(.ipv6(high: 1, low: 9, scope: 1, port: 4)))
        #expect(
            Sender(.ipv6(high: 1, low: 2, scope: 0, port: 3))
                != Sender(.ipv6(high: 2, low: 2, scope: 0, port: 3)))
        #expect(Sender(.ipv4(5, port: 1)) == Sender(.ipv4(5, port: 2)))
        #expect(Sender(.ipv4(5, port: 1)) != Sender(.ipv4(6, port: 1)))
    }
}
