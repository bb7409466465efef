import Cryptography
import Documents
import SelfService
import Store
import Testing
import Values

@Suite struct IdempotencyTests {
    @Test func `X8 a repeated request gets the first answer, ten times`() async throws {
        let bench = try Bench()
        let first = await bench.create(key: "k1")
        #expect(first.status == 201)
        #expect(first.result.headers["Idempotent-Replayed"] == nil)
        for _ in 0..<10 {
            let again = await bench.create(key: "k1")
            #expect(again.result.body == first.result.body)
            #expect(again.result.headers["Location"] == first.result.headers["Location"])
            #expect(again.result.headers["Idempotent-Replayed"] == "true")
        }
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `X8 the same key with another payload is refused`() async throws {
        let bench = try Bench()
        _ = await bench.create(["name": "Acme"], key: "k1")
        let other = await bench.create(["name": "Acme", "description": "x"], key: "k1")
        #expect(other.status == 422)
        #expect(other.code == "idempotency-key-reused")
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `the same payload written otherwise is the same request`() async throws {
        let bench = try Bench()
        let first = await bench.create(
            key: "k1", raw: Array(#"{"name":"Acme","metadata":{"a":1,"b":2}}"#.utf8))
        let again = await bench.create(
            key: "k1", raw: Array(#" {"metadata": {"b":2,"a":1}, "name": " Acme\u0020"}"#.utf8)
        )
        #expect(again.result.body == first.result.body)
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `X8 while a request is under way the same key is told so`() async throws {
        let bench = try Bench()
        bench.directory.fail(.add, .hangs)
        async let first = bench.create(key: "k1")
        await bench.directory.untilHanging()

        let second = await bench.create(key: "k1")
        #expect(second.status == 409)
        #expect(second.code == "idempotency-in-progress")
        #expect(second.result.headers["Retry-After"] == "1")
        let other = await bench.create(["name": "Other"], key: "k1")
        #expect(other.code == "idempotency-key-reused")

        bench.directory.release()
        #expect(await first.status == 201)
        #expect(await bench.create(key: "k1").id == "org1")
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `X8 parallel requests with one key have one effect`() async throws {
        let bench = try Bench()
        let answers = await withTaskGroup(of: Answer.self) { group in
            for _ in 0..<20 { group.addTask { await bench.create(key: "k1") } }
            return await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(bench.directory.organizations.count == 1)
        #expect(answers.contains { $0.status == 201 })
        #expect(answers.allSatisfy { $0.status == 201 || $0.code == "idempotency-in-progress" })
    }

    @Test func `X8 parallel requests without a key get one answer`() async throws {
        let bench = try Bench()
        let answers = await withTaskGroup(of: Answer.self) { group in
            for _ in 0..<10 { group.addTask { await bench.create() } }
            return await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(bench.directory.organizations.count == 1)
        #expect(answers.allSatisfy { $0.id == "org1" })
    }

    @Test func `without a key the same name is the same request for 30 seconds`() async throws {
        let bench = try Bench()
        #expect(await bench.create(["name": "Acme  Tools"]).id == "org1")
        bench.time.advance(seconds: 29)
        #expect(await bench.create(["name": " acme tools "]).id == "org1")
        #expect(await bench.create(["name": "Acme Too"]).id == "org2")
        bench.time.advance(seconds: 1)
        #expect(await bench.create(["name": "Acme Tools"]).id == "org3")
    }

    @Test func `two people with one key and one name make two organizations`() async throws {
        let bench = try Bench()
        #expect(await bench.create(key: "k1").id == "org1")
        #expect(await bench.create(key: "k1", as: Bench.person("ben")).id == "org2")
        #expect(await bench.create().id == "org3")
        #expect(await bench.create(as: Bench.person("ben")).id == "org4")
    }

    @Test func `an answer is kept for 24 hours`() async throws {
        let bench = try Bench()
        #expect(await bench.create(key: "k1").id == "org1")
        bench.time.advance(seconds: 86_399)
        #expect(await bench.create(key: "k1").id == "org1")
        bench.time.advance(seconds: 1)
        #expect(await bench.create(key: "k1").id == "org2")
    }

    @Test func `a refusal is not kept`() async throws {
        let bench = try Bench()
        bench.directory.fail(.create, .before(.quotaExceeded))
        #expect(await bench.create(key: "k1").code == "quota-exceeded")
        #expect(await bench.create(key: "k1").status == 201)
    }

    @Test(arguments: [[""], ["a", "b"], ["é"], ["a\u{7F}"], [String(repeating: "x", count: 256)]])
    func `a key that is not acceptable is refused`(_ keys: [String]) async throws {
        let bench = try Bench()
        let answer = await bench.create(keys: keys)
        #expect(answer.status == 400)
        #expect(answer.code == "idempotency-key-invalid")
        #expect(bench.directory.calls.isEmpty)
    }

    @Test func `a full disk is never a success`() async throws {
        let store = try EmbeddedStore.open(
            .inMemory, limits: EmbeddedStore.Limits(maxBytes: 64 * 4096))
        let bench = try Bench(store: store)
        // Until not one of a thousand finds room: where a row would stand is chance, and one may fit
        // into a page that is there.
        var failures = 0
        while failures < 1000 {
            let id = Base64URL.encode(RandomBytes.make(16))
            do throws(StoreFailure) {
                try await store.perform { database throws(StoreFailure) in
                    try database.insert(
                        CreationRecord(
                            id: CreationID(id), user: UserID("filler"), name: id,
                            key: IdempotencyKey(scope: id, digest: [1]), isWanted: false,
                            now: UnixTime(seconds: 1)
                        )
                    )
                }
                failures = 0
            } catch { failures += 1 }
        }
        let answer = await bench.create(key: "k1")
        #expect(answer.status == 503)
        #expect(answer.code == "store-unavailable")
        #expect(bench.directory.organizations.isEmpty)
    }

    @Test func `a store that fails in the middle is never a success`() async throws {
        let bench = try Bench()
        bench.directory.fail(.assign, .hangs)
        async let first = bench.create(key: "k1")
        await bench.directory.untilHanging()
        await bench.store.close()
        bench.directory.release()
        let answer = await first
        #expect(answer.status == 503)
        #expect(answer.code == "store-unavailable")
    }
}
