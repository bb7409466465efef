import Documents
import JOSE
import Synchronization
import TestSupport
import Testing
import Values

@testable import Logto

/// Rotations of a real Logto, played to the refresher step by step. What Logto itself accepted is
/// accepted here, at worst after a 503; it is never told 401.
@Suite(.enabled(if: SharedData.isPresent)) struct KeyRotationTests {
    private static let issuer = "http://localhost:3011/oidc"

    /// The refresher of an issuer that serves what was recorded, and requests that use its keys.
    private struct Player: Sendable {
        enum Answer { case accepted, refused }

        let issuer: TestIssuer
        let served: Box<ServedKeys>
        /// How often a request was told to come again.
        let postponed = Box(0)

        init(_ first: ServedKeys) throws {
            issuer = try TestIssuer(alsoFor: [KeyRotationTests.issuer])
            let served = Box(first)
            self.served = served
            issuer.keysAnswer.value = { served.value.answer($0) }
        }

        /// A request with this token: it waits for keys where it must, and comes again where it is
        /// told so.
        func send(_ token: RecordedToken) async throws -> Answer {
            for _ in 0..<3 {
                let publication = issuer.latest.value
                var keys: [String: KeySet] = [:]
                for name in publication?.issuers ?? [] { keys[name] = publication?.keys }
                do throws(TokenRejection) {
                    try token.verify(keys)
                    return .accepted
                } catch {
                    switch error {
                    case .unknownKey, .issuerUnavailable: break
                    default: throw error
                    }
                }
                switch await issuer.refresher.keysNeeded(token.keyID) {
                case .present: continue
                case .absent: return .refused
                case .refreshing(let pause):
                    postponed.change { $0 += 1 }
                    issuer.clock.advance(by: pause)
                case .unavailable: throw TokenRejection.issuerUnavailable(issuer: token.issuer)
                }
            }
            return .refused
        }

        func expect(_ token: RecordedToken, _ expected: Answer) async throws {
            let answer = try await send(token)
            #expect(answer == expected)
        }
    }

    @Test(arguments: [
        ("60-keys-rotate-immediate", 4, 9), ("62-keys-rotate-staged", 3, 5),
        ("64-keys-errors", 0, 0), ("65-keys-old-tokens", 0, 1),
        ("67-keys-user-tokens-over-rotations", 10, 0),
    ])
    func `a token that Logto accepts is never refused, over any rotation`(
        _ file: String, _ issued: Int, _ shown: Int
    ) async throws {
        let recorded = try RecordedRotation(file)
        let first = try #require(recorded.rows.compactMap(\.keys).first)
        let player = try Player(first)
        try await player.issuer.running { publications in
            _ = await publications.next()
            var counts = (issued: 0, shown: 0)
            for row in recorded.rows {
                guard let keys = row.keys else { continue }
                player.served.value = keys
                player.issuer.clock.advance(by: .milliseconds(100))
                if let token = row.issued {
                    counts.issued += 1
                    let answer = try await player.send(token)
                    #expect(answer == .accepted, "\(row.name)")
                }
                if let (token, isAccepted) = row.shown {
                    counts.shown += 1
                    // Until it looks again, a gateway knows nothing of a key that was removed.
                    if !isAccepted { _ = await player.issuer.refresher.flush() }
                    let answer = try await player.send(token)
                    #expect((answer == .accepted) == isAccepted, "\(row.name)")
                }
            }
            #expect(counts == (issued, shown), "\(counts)")
        }
    }

    @Test func `each stage is revalidated with its ETag, and published where it holds other keys`()
        async throws
    {
        let calls = try RecordedRotation("66-keys-jwks-revalidation").rows.filter(\.isKeys)
            .compactMap(\.keys)
        #expect(calls.count >= 8)
        let player = try Player(calls[0])
        let issuer = player.issuer
        try await issuer.running { publications in
            var before = calls[0]
            let first = try before.parsed()
            #expect(await publications.next()?.keys == first)
            for call in calls.dropFirst() {
                player.served.value = call
                await issuer.pass(.seconds(270))
                await issuer.clock.sleeper(for: .seconds(270))
                #expect(issuer.server.requests.last?.headers["if-none-match"] == before.etag)
                let keys = try call.parsed()
                let known = try before.parsed()
                if keys != known { #expect(await publications.next()?.keys == keys) }
                #expect(issuer.latest.value?.keys == keys)
                before = call
            }
        }
    }

    @Test func `a promotion, which changes the order alone, is no change`() async throws {
        let rows = try RecordedRotation("62-keys-rotate-staged").rows.filter(\.isKeys)
            .compactMap(\.keys)
        let staged = try #require(rows.first { $0.document.contains("Uq4l1Y") })
        let promoted = try #require(rows.last)
        #expect(staged.etag != promoted.etag && staged.document != promoted.document)
        let player = try Player(staged)
        let issuer = player.issuer
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            player.served.value = promoted
            await issuer.pass(.seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
            #expect(issuer.published == 1)
            // The new ETag counts from here on.
            await issuer.pass(.seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
            #expect(issuer.server.requests.last?.headers["if-none-match"] == promoted.etag)
        }
        #expect(issuer.metric("gatehouse_keys_fetches_total", #"result="confirmed""#) == "2")
        #expect(issuer.lines.of("INFO").count == 1)
    }

    /// The sets of `jwks.json` in their order, and the access tokens of each.
    private static func stages() throws -> [(name: String, keys: ServedKeys, [RecordedToken])] {
        let sets = try JSONReader.read(try SharedData.bytes(of: "logto/recorded/jwks.json"))
        let tokens = try JSONReader.read(try SharedData.bytes(of: "logto/recorded/tokens.json"))
        return (sets.objectValue?.members ?? []).filter { $0.name != "admin-tenant" }.map { set in
            let document: JSONValue = ["keys": set.value["keys"] ?? []]
            let issued = (tokens.arrayValue ?? []).filter { token in
                token["jwks"]?.stringValue == set.name
            }
            return (
                set.name,
                ServedKeys(
                    document: JSONWriter.text(document),
                    etag: set.value["etag"]?.stringValue ?? ""),
                issued.compactMap { $0["token"]?.stringValue.flatMap(RecordedToken.init) }
            )
        }
    }

    @Test func `every token of every stage is accepted once its keys are served`() async throws {
        let stages = try Self.stages()
        #expect(stages.count == 8)
        let player = try Player(stages[0].keys)
        try await player.issuer.running { publications in
            _ = await publications.next()
            var count = 0
            for (name, keys, tokens) in stages {
                player.served.value = keys
                player.issuer.clock.advance(by: .milliseconds(100))
                for token in tokens {
                    do {
                        let answer = try await player.send(token)
                        #expect(answer == .accepted, "\(name)")
                        count += 1
                    } catch let error as TokenRejection {
                        // Tokens for Logto itself, and one with an odd claim.
                        #expect(
                            ["token-reserved-audience", "token-claims"].contains(error.code),
                            "\(name): \(error)")
                    }
                }
            }
            #expect(count == 108)
            #expect(player.postponed.value <= stages.count, "at most one 503 for each rotation")
        }
    }

    @Test func `KEY-03 a removed key goes with the interval, though one answer still held it`()
        async throws
    {
        let stages = try Self.stages()
        let before = try #require(stages.first { $0.name == "es384-promoted" })
        let after = try #require(stages.first { $0.name == "es384-previous-deleted" })
        let old = try #require(stages.first { $0.name == "rs256-rotated" }?.2.first)
        let current = try #require(after.2.first)
        let player = try Player(before.keys)
        let issuer = player.issuer
        try await issuer.running { publications in
            _ = await publications.next()
            try await player.expect(old, .accepted)
            // The DELETE is answered; the next answer still holds the key, the one after does not.
            _ = await issuer.refresher.flush()
            try await player.expect(old, .accepted)
            try await player.expect(current, .accepted)
            player.served.value = after.keys
            await issuer.pass(.seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
            try await player.expect(current, .accepted)
            try await player.expect(old, .refused)
        }
    }
}
