import Store
import Testing
import Values

@Suite struct StoreTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `what was written is there after the file is opened again`() async throws {
        let first = try EmbeddedStore.open(.file(directory.file()))
        try await first.perform { database throws(StoreFailure) in
            try database.insert(Example.creation("s1"))
        }
        await first.close()

        let second = try EmbeddedStore.open(.file(directory.file()))
        let found = try await second.perform { database throws(StoreFailure) in
            try database.creation(CreationID("s1"))
        }
        #expect(found == Example.creation("s1"))
        await second.close()
    }

    @Test func `the file and its log are for the owner alone`() async throws {
        let store = try EmbeddedStore.open(.file(directory.file()))
        try await store.perform { database throws(StoreFailure) in
            try database.insert(Example.creation("s1"))
        }
        #expect(try directory.mode(of: directory.file()) == 0o600)
        #expect(try directory.mode(of: directory.file("gatehouse.db-wal")) == 0o600)
        await store.close()
    }

    @Test func `a file that others may read is refused`() async throws {
        try directory.write([], to: directory.file())
        try directory.setMode(0o640, of: directory.file())
        let failure = #expect(throws: StoreFailure.self) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(failure?.code == "store-cannot-open")
        #expect(failure?.message.contains("chmod 600") == true)
    }

    @Test func `work beyond the queue is refused, and what waits is done`() async throws {
        let store = try EmbeddedStore.open(.inMemory, limits: EmbeddedStore.Limits(maxWaiting: 1))
        let gate = Gate()
        await withTaskGroup(of: StoreFailure?.self) { group in
            group.addTask { await Self.attempt(store) { gate.pass() } }
            await gate.untilReached()
            group.addTask { await Self.attempt(store) {} }
            // One runs, one waits: a third finds no room, whichever of the two is the third.
            group.addTask { await Self.attempt(store) {} }
            let first = await group.next()
            #expect(first == .some(.overloaded))
            gate.open()
            for await failure in group { #expect(failure == nil) }
        }
        await store.close()
    }

    private static func attempt(
        _ store: EmbeddedStore, _ work: @escaping @Sendable () -> Void
    ) async -> StoreFailure? {
        do throws(StoreFailure) {
            try await store.perform { _ throws(StoreFailure) in work() }
            return nil
        } catch { return error }
    }

    @Test func `a unit that fails leaves nothing behind`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        await #expect(throws: StoreFailure.tooManyRows(table: "mine")) {
            try await store.perform { database throws(StoreFailure) in
                try database.insert(Example.creation("s1"))
                throw .tooManyRows(table: "mine")
            }
        }
        let found = try await store.perform { database throws(StoreFailure) in
            try database.creation(CreationID("s1"))
        }
        #expect(found == nil)
    }

    @Test func `a second owner of the file is refused`() async throws {
        let store = try EmbeddedStore.open(.file(directory.file()))
        #expect(throws: StoreFailure.inUse(path: directory.file())) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        await store.close()
        await (try EmbeddedStore.open(.file(directory.file()))).close()
    }

    @Test func `a file that is no database is refused by its name`() throws {
        try directory.write(Array(repeating: 0x2A, count: 10_000), to: directory.file())
        let failure = #expect(throws: StoreFailure.self) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(failure?.code == "store-damaged")
        #expect(failure?.message.contains(directory.file()) == true)
        #expect(failure?.help?.contains("\(directory.file())-wal") == true)
    }

    @Test func `pages that contradict each other are refused`() async throws {
        let store = try EmbeddedStore.open(.file(directory.file()))
        try await store.perform { database throws(StoreFailure) in
            for index in 0..<500 { try database.insert(Example.creation("s\(index)")) }
        }
        await store.close()
        var bytes = try directory.bytes(of: directory.file())
        for index in 4096..<bytes.count { bytes[index] ^= 0x5A }
        try directory.write(bytes, to: directory.file())
        let failure = #expect(throws: StoreFailure.self) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(failure?.code == "store-damaged")
    }

    @Test func `a database of another program is left alone`() throws {
        let other = try Self.file(applicationID: 0x1234_5678, version: 0)
        try directory.write(other, to: directory.file())
        #expect(throws: StoreFailure.foreignFile(path: directory.file())) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(try directory.bytes(of: directory.file()) == other)
    }

    @Test func `a file of a later version is left alone`() throws {
        let later = try Self.file(applicationID: 0x4761_7465, version: 99)
        try directory.write(later, to: directory.file())
        let failure = #expect(throws: StoreFailure.self) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(
            failure == .newerSchema(path: directory.file(), found: 99, known: 2)
        )
        #expect(try directory.bytes(of: directory.file()) == later)
    }

    @Test func `a directory that does not exist is an error with its name`() throws {
        let path = directory.path + "/absent/gatehouse.db"
        let failure = #expect(throws: StoreFailure.self) { _ = try EmbeddedStore.open(.file(path)) }
        #expect(failure?.code == "store-cannot-open")
        #expect(failure?.message.contains(path) == true)
    }

    @Test func `a full disk fails the write and keeps what was there`() async throws {
        let store = try EmbeddedStore.open(
            .file(directory.file()), limits: EmbeddedStore.Limits(maxBytes: 64 * 4096)
        )
        var written = 0
        var failure: StoreFailure?
        while failure == nil, written < 10_000 {
            do throws(StoreFailure) {
                let id = "s\(written)"
                try await store.perform { database throws(StoreFailure) in
                    try database.insert(Example.creation(id))
                }
                written += 1
            } catch { failure = error }
        }
        #expect(failure == .full(path: directory.file()))
        let open = try await store.perform { database throws(StoreFailure) in
            try database.openCreations(limit: 100_000)
        }
        #expect(open.count == written)
        await store.close()
    }

    @Test func `a closed store refuses`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        await store.close()
        await #expect(throws: StoreFailure.closed) {
            try await store.perform { database throws(StoreFailure) in
                try database.openCreations(limit: 1)
            }
        }
    }

    @Test func `many callers are each answered once`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        let answered = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    do {
                        try await store.perform { database throws(StoreFailure) in
                            try database.insert(Example.creation("s\(index)"))
                        }
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == 200)
        await store.close()
    }

    /// An SQLite file of one empty page with these numbers in its head (file format § 1.3).
    private static func file(applicationID: UInt32, version: UInt32) throws -> [UInt8] {
        var page = [UInt8](repeating: 0, count: 4096)
        page.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
        page.replaceSubrange(16..<24, with: [0x10, 0x00, 1, 1, 0, 64, 32, 32])
        func put(_ number: UInt32, at offset: Int) {
            for index in 0..<4 {
                page[offset + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index))
            }
        }
        put(1, at: 24)  // change counter
        put(1, at: 28)  // pages
        put(4, at: 44)  // schema format
        put(1, at: 56)  // UTF-8
        put(version, at: 60)
        put(applicationID, at: 68)
        put(1, at: 92)  // change counter for which the count of pages holds
        put(3_040_001, at: 96)
        page[100] = 0x0D  // an empty leaf of the schema's table
        page[105] = 0x10
        return page
    }
}
