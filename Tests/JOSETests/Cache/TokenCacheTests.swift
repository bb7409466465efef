import Cryptography
import Documents
import JOSE
import Testing
import Values

@Suite struct TokenCacheTests {
    private let now = Issuer.now

    private func verified(exp: Int64 = Issuer.t + 3600) throws -> VerifiedToken {
        try Issuer.verify(try Issuer.token(payload: ["exp": .integer(exp)]))
    }

    /// A text that stands for a token: the cache looks at bytes only.
    private func text(_ number: Int, bytes: Int = 700) -> [UInt8] {
        var text = [UInt8](repeating: UInt8(ascii: "t"), count: bytes)
        for (offset, digit) in String(number).utf8.enumerated() {
            text[bytes - 20 + offset] = digit
        }
        return text
    }

    private func cache(_ capacity: Int = 100, maxBytes: Int = 1 << 30) -> TokenCache {
        TokenCache(capacity: capacity, maxBytes: maxBytes, seed: (1, 2))
    }

    @Test func `what was kept is found by all of its bytes`() throws {
        let cache = cache()
        let token = text(1)
        let entry = cache.insert(
            token.span, try verified(), generation: 1, now: now, leewaySeconds: 30)
        #expect(cache.entry(token, generation: 1, now: now) == entry)
        #expect(cache[entry]?.subject == UserID("u1"))
        for index in [0, 1, 300, 571, 572, 699] {
            var other = token
            other[index] ^= 1
            #expect(cache.entry(other, generation: 1, now: now) == nil)
        }
        #expect(cache.entry(Array(token.dropLast()), generation: 1, now: now) == nil)
        #expect(cache.entry((token + [0]), generation: 1, now: now) == nil)
        #expect(cache.entry([], generation: 1, now: now) == nil)
    }

    @Test func `JWT-35 a mirrored signature is another token to the cache`() throws {
        let cache = cache()
        let token = Array(try Issuer.token().utf8)
        cache.insert(token.span, try verified(), trust: Issuer.trust, now: now)
        var mirrored = token
        mirrored[token.count - 3] = mirrored[token.count - 3] == 65 ? 66 : 65
        #expect(cache.entry(mirrored, trust: Issuer.trust, now: now) == nil)
    }

    @Test func `JWT-47 an entry ends with its token`() throws {
        let cache = cache()
        let token = text(1)
        let exp = Issuer.t + 60
        cache.insert(
            token.span, try verified(exp: exp), generation: 1, now: now, leewaySeconds: 30)
        func isFound(at seconds: Int64) -> Bool {
            cache.entry(token, generation: 1, now: UnixTime(seconds: seconds)) != nil
        }
        #expect(isFound(at: exp + 29))
        #expect(!isFound(at: exp + 30))
        #expect(!isFound(at: exp + 31))
    }

    @Test func `an entry of another generation is not found`() throws {
        let cache = cache()
        let token = text(1)
        cache.insert(token.span, try verified(), generation: 1, now: now, leewaySeconds: 30)
        #expect(cache.entry(token, generation: 2, now: now) == nil)
        cache.insert(token.span, try verified(), generation: 2, now: now, leewaySeconds: 30)
        #expect(cache.entry(token, generation: 2, now: now) != nil)
        #expect(cache.entry(token, generation: 1, now: now) == nil)
        #expect(cache.count == 1)
    }

    @Test func `KEY-03 KEY-04 an entry outlives a new key set only with its key by material`()
        throws
    {
        let cache = cache()
        let token = Array(try Issuer.token().utf8)
        cache.insert(token.span, try verified(), trust: Issuer.trust, now: now)
        func isFound(_ keys: KeySet, generation: UInt64) -> Bool {
            let trust = Issuer.trust.replacingKeys([Issuer.name: keys], generation: generation)
            return cache.entry(token, trust: trust, now: now) != nil
        }
        let k1 = try #require(Issuer.k1).key.publicKey
        let kx = try #require(Issuer.kx).key.publicKey
        let r1 = try #require(Issuer.r1).key.publicKey
        #expect(isFound(KeySet([(KeyID("R1"), r1), (KeyID("K1"), k1)]), generation: 2))
        #expect(!isFound(KeySet([(KeyID("K1"), kx)]), generation: 3))
        #expect(!isFound(KeySet([(KeyID("R1"), r1)]), generation: 4))
        #expect(!isFound(KeySet([(KeyID("K2"), k1)]), generation: 5))
        let noKeys = Issuer.trust.replacingKeys([:], generation: 6)
        #expect(cache.entry(token, trust: noKeys, now: now) == nil)
        let otherRules = Issuer.trusting { $0.audiences = [] }
        #expect(cache.entry(token, trust: otherRules, now: now) == nil)
    }

    @Test func `a row that was given away does not answer for its predecessor`() throws {
        let cache = cache(1)
        let first = cache.insert(
            text(1).span, try verified(), generation: 1, now: now, leewaySeconds: 30)
        let second = cache.insert(
            text(2).span, try verified(), generation: 1, now: now, leewaySeconds: 30)
        #expect(first.index == second.index)
        #expect(cache[first] == nil)
        #expect(cache[second] != nil)
        let third = cache.insert(
            text(2).span, try verified(), generation: 2, now: now, leewaySeconds: 30)
        #expect(cache[second] == nil)
        #expect(cache[third] != nil)
    }

    @Test func `AV-21 a flood of tokens used once is bounded and pushes out nothing in use`() throws
    {
        let cache = cache(1000)
        let verified = try verified()
        for number in 0..<200 {
            cache.insert(text(number).span, verified, generation: 1, now: now, leewaySeconds: 30)
            _ = cache.entry(text(number), generation: 1, now: now)
        }
        for number in 1000..<9000 {
            cache.insert(text(number).span, verified, generation: 1, now: now, leewaySeconds: 30)
        }
        #expect(cache.count == 1000)
        let kept = (0..<200).count {
            cache.entry(text($0), generation: 1, now: now) != nil
        }
        #expect(kept == 200)
    }

    @Test func `the bytes are bounded`() throws {
        let cache = cache(10_000, maxBytes: 100_000)
        let verified = try verified()
        for number in 0..<500 {
            let size = 100 + number * 7
            cache.insert(
                text(number, bytes: size).span, verified, generation: 1, now: now, leewaySeconds: 30
            )
            #expect(cache.bytes <= 100_000)
        }
        #expect(cache.count > 5)
        #expect(cache.evictions == UInt64(500 - cache.count))
    }

    @Test func `one token is kept whatever the bounds`() throws {
        for cache in [cache(0, maxBytes: 0), cache(-5, maxBytes: -5), cache(1, maxBytes: 10)] {
            for number in 0..<3 {
                let entry = cache.insert(
                    text(number).span, try verified(), generation: 1, now: now, leewaySeconds: 30)
                #expect(cache[entry] != nil)
                #expect(cache.count == 1)
            }
        }
    }

    @Test func `entries that are over go first`() throws {
        let cache = cache(20)
        let soon = try verified(exp: Issuer.t + 10)
        for number in 0..<20 {
            cache.insert(text(number).span, soon, generation: 1, now: now, leewaySeconds: 0)
            for _ in 0..<4 { _ = cache.entry(text(number), generation: 1, now: now) }
        }
        let later = UnixTime(seconds: Issuer.t + 20)
        for number in 20..<40 {
            cache.insert(
                text(number).span, try verified(), generation: 1, now: later, leewaySeconds: 0)
        }
        let kept = (20..<40).count { cache.entry(text($0), generation: 1, now: later) != nil }
        #expect(kept == 20)
    }

    @Test func `the cache is a bounded map under random use`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let cache = cache(64)
        let verified = try verified()
        var live: [Int: TokenCache.Entry] = [:]
        for _ in 0..<8000 {
            let number = Int(random.next() % 200)
            if random.next() % 2 == 0 {
                live[number] = cache.insert(
                    text(number).span, verified, generation: 1, now: now, leewaySeconds: 30)
            } else if let found = cache.entry(text(number), generation: 1, now: now) {
                try #require(live[number] == found, "seed \(seed)")
            } else if let entry = live.removeValue(forKey: number) {
                try #require(cache[entry] == nil, "seed \(seed)")
            }
            try #require(cache.count <= 64, "seed \(seed)")
        }
        // What the cache says it holds is what can be found.
        let found = (0..<200).count { cache.entry(text($0), generation: 1, now: now) != nil }
        #expect(found == cache.count, "seed \(seed)")
    }

    @Test func `hits, misses and evictions are counted`() throws {
        let cache = cache(1)
        _ = cache.entry(text(1), generation: 1, now: now)
        for number in 1...2 {
            cache.insert(
                text(number).span, try verified(), generation: 1, now: now, leewaySeconds: 0)
        }
        _ = cache.entry(text(2), generation: 1, now: now)
        #expect(cache.hits == 1)
        #expect(cache.misses == 1)
        #expect(cache.evictions == 1)
    }
}
