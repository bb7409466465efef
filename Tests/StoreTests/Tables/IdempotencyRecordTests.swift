import Store
import Testing
import Values

@Suite struct IdempotencyRecordTests {
    let store: EmbeddedStore

    init() throws { store = try EmbeddedStore.open(.inMemory) }

    private func begin(
        _ claim: IdempotencyClaim = Example.claim(), at now: UnixTime = Example.now
    ) async throws -> IdempotencyOutcome {
        try await store.perform { database throws(StoreFailure) in
            try database.begin(claim, now: now)
        }
    }

    private func finish(expires: UnixTime) async throws {
        try await store.perform { database throws(StoreFailure) in
            try database.finish(Example.key, with: Example.answer, expires: expires)
        }
    }

    @Test func `of many claims with one key one is fresh`() async throws {
        let store = store
        let outcomes = await withTaskGroup(of: IdempotencyOutcome?.self) { group in
            for index in 0..<20 {
                group.addTask {
                    try? await store.perform { database throws(StoreFailure) in
                        try database.begin(Example.claim("s\(index)"), now: Example.now)
                    }
                }
            }
            return await group.reduce(into: [IdempotencyOutcome?]()) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == .fresh }.count == 1)
        #expect(
            Set(outcomes.filter { $0 != .fresh }.map { "\(String(describing: $0))" }).count == 1)
    }

    @Test func `a finished claim is answered again, byte for byte`() async throws {
        #expect(try await begin() == .fresh)
        try await finish(expires: Example.now.advanced(bySeconds: 100))
        #expect(try await begin() == .replay(Example.answer))
    }

    @Test func `the same key with another payload is refused at every stage`() async throws {
        #expect(try await begin() == .fresh)
        #expect(try await begin(Example.claim(fingerprint: [8])) == .differentPayload)
        try await finish(expires: Example.now.advanced(bySeconds: 100))
        #expect(try await begin(Example.claim(fingerprint: [8])) == .differentPayload)
    }

    @Test func `an answer is forgotten at its time`() async throws {
        #expect(try await begin() == .fresh)
        let end = Example.now.advanced(bySeconds: 100)
        try await finish(expires: end)
        #expect(try await begin(at: end.advanced(bySeconds: -1)) == .replay(Example.answer))
        #expect(try await begin(at: end) == .fresh)
    }

    @Test func `an abandoned claim is fresh again`() async throws {
        #expect(try await begin() == .fresh)
        try await store.perform { database throws(StoreFailure) in
            try database.abandon(Example.key)
        }
        #expect(try await begin(Example.claim("s2")) == .fresh)
    }

    @Test func `an answer that was given is not abandoned`() async throws {
        #expect(try await begin() == .fresh)
        try await finish(expires: Example.now.advanced(bySeconds: 100))
        try await store.perform { database throws(StoreFailure) in
            try database.abandon(Example.key)
        }
        #expect(try await begin() == .replay(Example.answer))
    }

    @Test func `a claim left by a process that is gone is resumed`() async throws {
        let directory = try TemporaryDirectory()
        let first = try EmbeddedStore.open(.file(directory.file()))
        _ = try await first.perform { database throws(StoreFailure) in
            try database.begin(Example.claim("s1"), now: Example.now)
        }
        await first.close()
        let second = try EmbeddedStore.open(.file(directory.file()))
        let outcome = try await second.perform { database throws(StoreFailure) in
            try database.begin(Example.claim("s2"), now: Example.now)
        }
        #expect(outcome == .resume(CreationID("s1")))
        await second.close()
    }
}
