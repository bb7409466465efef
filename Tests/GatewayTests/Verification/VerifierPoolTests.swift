import JOSE
import Synchronization
import System
import Telemetry
import Testing
import Transport
import Values

@testable import Gateway

@Suite struct VerifierPoolTests {
    private let address = SocketAddress.loopback(port: 1)

    private func tokens(_ count: Int) throws -> [ScreenedToken] {
        let issuer = try ForeignIssuer(name: "https://id.acme.example", keyID: "K")
        let now = UnixTime(seconds: 1_790_000_000)
        let verifier = TokenVerifier(
            trust: TrustSnapshot(
                configuration: TrustConfiguration(issuers: [issuer.name]),
                keys: [issuer.name: issuer.keys], generation: 1))
        let good = try issuer.token(at: now)
        return try (0..<count).map {
            let text = $0 == 0 ? good : TestSite.forged(good, $0)
            return try verifier.screen(Array(text.utf8).span, now: now)
        }
    }

    /// What came out, in order.
    private final class Results: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }

        func note(_ number: Int) -> VerifierPool.Waiter {
            { [self] outcome in
                let name =
                    switch outcome {
                    case .checked(_, .success): "accepted"
                    case .checked(_, .failure(let rejection)): rejection.code
                    case .dropped: "dropped"
                    }
                names.withLock { $0.append("\(number) \(name)") }
            }
        }
    }

    private func pool(_ change: (inout VerifierPool.Settings) -> Void) -> VerifierPool {
        var settings = VerifierPool.Settings()
        settings.threads = 1
        change(&settings)
        return VerifierPool(settings, metrics: Metrics(), clock: { MonotonicTime(nanoseconds: 0) })
    }

    @Test func `each waiter is told once what came out`() async throws {
        let held = HeldVerifier()
        let pool = pool { $0.check = held.check }
        let tokens = try tokens(2)
        let results = Results()
        #expect(pool.submit(tokens[0], from: address, whenDone: results.note(1)))
        #expect(pool.submit(tokens[1], from: address, whenDone: results.note(2)))
        #expect(pool.submit(tokens[0], from: address, whenDone: results.note(3)))
        #expect(pool.waiting == 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            await held.hasBegun()
            held.permitAll()
            await held.hasBegun()
            await pool.stop()
            try await group.waitForAll()
        }
        #expect(results.all == ["1 accepted", "3 accepted", "2 token-signature"])
        #expect(pool.waiting == 0)
    }

    @Test func `a pool that stops ends the check under way and drops the others`() async throws {
        let held = HeldVerifier()
        let pool = pool { $0.check = held.check }
        let tokens = try tokens(3)
        let results = Results()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            for (number, token) in tokens.enumerated() {
                #expect(pool.submit(token, from: address, whenDone: results.note(number)))
            }
            await held.hasBegun()
            await pool.stop()
            #expect(results.all == ["1 dropped", "2 dropped"])
            #expect(!pool.submit(tokens[1], from: address, whenDone: results.note(9)))
            held.permitAll()
            try await group.waitForAll()
        }
        #expect(results.all == ["1 dropped", "2 dropped", "0 accepted"])
    }

    @Test func `who loses a place to another sender is told`() async throws {
        let pool = pool { $0.limits.tokens = 2 }
        let tokens = try tokens(3)
        let results = Results()
        #expect(pool.submit(tokens[0], from: .ipv4(1, port: 1), whenDone: results.note(0)))
        #expect(pool.submit(tokens[1], from: .ipv4(1, port: 2), whenDone: results.note(1)))
        #expect(pool.submit(tokens[2], from: .ipv4(2, port: 1), whenDone: results.note(2)))
        #expect(results.all == ["1 dropped"])
        await pool.stop()
        #expect(results.all.count == 3)
    }

    @Test func `the threads are nicer than the one that started them`() async throws {
        let seen = Mutex<[Int32]>([])
        let pool = pool {
            $0.check = { token in
                seen.withLock { $0.append(OwnedThread.currentNiceness) }
                return .failure(.signature)
            }
        }
        let before = OwnedThread.currentNiceness
        let results = Results()
        _ = pool.submit(try #require(try tokens(1).first), from: address, whenDone: results.note(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            while results.all.isEmpty { await Task.yield() }
            await pool.stop()
            try await group.waitForAll()
        }
        #expect(seen.withLock { $0 }.allSatisfy { $0 > before || before == 19 })
    }
}
