import Testing
import Values

@testable import Store

@Suite struct WatermarkRecordTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let base: Int64 = 1_790_000_000
    private static let never = UnixTime(seconds: 0)

    private static func mark(_ subject: Watermark.Subject, _ second: Int64) -> Watermark {
        Watermark(subject, notBefore: UnixTime(seconds: base + second))
    }

    private static func member(_ organization: String, _ user: String) -> Watermark.Subject {
        .member(OrganizationID(organization), UserID(user))
    }

    private static func raise(
        _ watermarks: [Watermark], in store: EmbeddedStore, forgettingUntil ended: UnixTime = never
    ) async throws {
        try await store.perform { database throws(StoreFailure) in
            try database.raise(watermarks, forgettingUntil: ended)
        }
    }

    private static func all(
        in store: EmbeddedStore, after: UnixTime = never
    ) async throws -> Set<Watermark> {
        Set(
            try await store.perform { database throws(StoreFailure) in
                try database.watermarks(after: after)
            })
    }

    @Test func `every kind is there after the file is opened again, byte for byte`() async throws {
        let marks = [
            Self.mark(.everybody, 1), Self.mark(.user(UserID("u\u{301}'; --")), 2),
            Self.mark(.organization(OrganizationID("o1")), 3),
            Self.mark(Self.member("o2", "u1"), 4),
            Self.mark(.client(ClientID("https://client.example/a?b=c")), 5),
        ]
        let first = try EmbeddedStore.open(.file(directory.file()))
        try await Self.raise(marks, in: first)
        await first.close()
        let second = try EmbeddedStore.open(.file(directory.file()))
        #expect(try await Self.all(in: second) == Set(marks))
        await second.close()
    }

    @Test func `AZ-34 a watermark is never lowered, in whatever order they come`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        let subject = Self.member("o", "u")
        for second: Int64 in [5, 9, 1, 9, 7] {
            try await Self.raise([Self.mark(subject, second)], in: store)
        }
        #expect(try await Self.all(in: store) == [Self.mark(subject, 9)])
    }

    @Test func `an organization's watermark takes the place of its members' earlier ones`()
        async throws
    {
        let store = try EmbeddedStore.open(.inMemory)
        let kept = [
            Self.mark(Self.member("o", "late"), 9), Self.mark(Self.member("other", "u"), 1),
            Self.mark(.user(UserID("o")), 1),
        ]
        try await Self.raise(kept + [Self.mark(Self.member("o", "early"), 4)], in: store)
        let own = Self.mark(.organization(OrganizationID("o")), 5)
        try await Self.raise([own], in: store)
        #expect(try await Self.all(in: store) == Set(kept + [own]))
        try await Self.raise([Self.mark(.everybody, 5)], in: store)
        #expect(
            try await Self.all(in: store)
                == [Self.mark(.everybody, 5), Self.mark(Self.member("o", "late"), 9)])
    }

    @Test func `what has ended is not read, and is forgotten in bounded steps`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        let old = (0..<2_500).map { Self.mark(.user(UserID("u\($0)")), 10) }
        let late = Self.mark(.user(UserID("late")), 11)
        try await Self.raise(old + [late], in: store)
        let ended = UnixTime(seconds: Self.base + 10)
        #expect(try await Self.all(in: store, after: ended) == [late])
        var gone: [Int64] = []
        for _ in 0..<4 {
            gone.append(
                try await store.perform { database throws(StoreFailure) in
                    try database.forgetWatermarks(until: ended)
                })
        }
        #expect(gone == [1_000, 1_000, 500, 0])
        #expect(try await Self.all(in: store) == [late])
    }

    @Test func `raising forgets what has ended`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        try await Self.raise([Self.mark(.user(UserID("old")), 1)], in: store)
        let new = Self.mark(.user(UserID("new")), 100)
        try await Self.raise(
            [new], in: store, forgettingUntil: UnixTime(seconds: Self.base + 1))
        #expect(try await Self.all(in: store) == [new])
    }

    @Test func `a table without room refuses the whole unit`() async throws {
        let store = try EmbeddedStore.open(.inMemory)
        _ = try await store.perform { database throws(StoreFailure) in
            try database.run(
                """
                WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                INSERT INTO watermark SELECT 'user', '', 'u' || n, ? FROM number
                """,
                .integer(Database.maxWatermarks), .integer(Self.base + 1))
        }
        await #expect(throws: StoreFailure.tooManyRows(table: "watermark")) {
            try await Self.raise(
                [Self.mark(.user(UserID("u1")), 5), Self.mark(.user(UserID("more")), 5)], in: store)
        }
        let found = try await Self.all(in: store)
        #expect(found.count == Int(Database.maxWatermarks))
        #expect(found.contains(Self.mark(.user(UserID("u1")), 1)))
        // What is there already can still be raised.
        try await Self.raise([Self.mark(.user(UserID("u1")), 5)], in: store)
    }

    // MARK: Files

    @Test func `a store of the version before gets the table and keeps what it had`() async throws {
        try Self.makeFirstVersion(directory)
        let again = try EmbeddedStore.open(.file(directory.file()))
        let mark = Self.mark(.everybody, 1)
        try await Self.raise([mark], in: again)
        let found = try await again.perform { database throws(StoreFailure) in
            try database.creation(CreationID("s1"))
        }
        #expect(found == Example.creation("s1"))
        #expect(try await Self.all(in: again) == [mark])
        await again.close()
    }

    /// A file as the version before this table left it.
    private static func makeFirstVersion(_ directory: TemporaryDirectory) throws {
        try directory.write([], to: directory.file())
        let old = try Database(path: directory.file())
        for statement in Schema.steps[0] { try old.run(statement) }
        try old.set(pragma: "application_id", to: Schema.applicationID)
        try old.set(pragma: "user_version", to: 1)
        try old.insert(Example.creation("s1"))
    }

    @Test
    func `a full file refuses the watermark, keeps what was there, and takes it with room again`()
        async throws
    {
        let store = try EmbeddedStore.open(
            .file(directory.file()), limits: EmbeddedStore.Limits(maxBytes: 64 * 4096))
        let failure = await Self.fill(store)
        #expect(failure == .full(path: directory.file()))
        let before = try await Self.all(in: store)
        // Room comes back when something ends.
        try await store.perform { database throws(StoreFailure) in
            _ = try database.forgetWatermarks(until: UnixTime(seconds: Self.base + 1))
        }
        let new = Self.mark(.user(UserID("new")), 5)
        try await Self.raise([new], in: store)
        #expect(!before.isEmpty)
        #expect(try await Self.all(in: store).contains(new))
        await store.close()
    }

    @Test func `a full disk refuses the watermark and keeps what was there`() async throws {
        guard let disk = SmallDisk(bytes: 256 << 10) else { return }
        defer { disk.unmount() }
        let file = disk.path + "/gatehouse.db"
        let store = try EmbeddedStore.open(.file(file))
        let failure = await Self.fill(store)
        #expect(failure == .full(path: file))
        let before = try await Self.all(in: store)
        #expect(!before.isEmpty)
        await store.close()
        let again = try EmbeddedStore.open(.file(file))
        #expect(try await Self.all(in: again) == before)
        await again.close()
    }

    /// Writes until the store refuses.
    private static func fill(_ store: EmbeddedStore) async -> StoreFailure? {
        for index in 0..<10_000 {
            do {
                try await raise(
                    (0..<20).map { mark(.user(UserID("user-\(index)-\($0)")), 1) }, in: store)
            } catch {
                return error as? StoreFailure
            }
        }
        return nil
    }

    @Test func `a file that another process has locked is refused, and its owner goes on`()
        async throws
    {
        let owner = try EmbeddedStore.open(.file(directory.file()))
        let mark = Self.mark(.user(UserID("u")), 1)
        try await Self.raise([mark], in: owner)
        #expect(throws: StoreFailure.inUse(path: directory.file())) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(try await Self.all(in: owner) == [mark])
        await owner.close()
    }

    @Test func `a damaged table is refused when the file is opened`() async throws {
        let store = try EmbeddedStore.open(.file(directory.file()))
        try await Self.raise(
            (0..<5_000).map { Self.mark(.user(UserID("user-\($0)")), 1) }, in: store)
        await store.close()
        var bytes = try directory.bytes(of: directory.file())
        for index in bytes.count / 2..<bytes.count { bytes[index] ^= 0x5A }
        try directory.write(bytes, to: directory.file())
        let failure = #expect(throws: StoreFailure.self) {
            _ = try EmbeddedStore.open(.file(directory.file()))
        }
        #expect(failure?.code == "store-damaged")
        #expect(failure?.help?.contains("restore a copy") == true)
    }

    /// What a killed process leaves behind are its files as they are at that moment.
    @Test func `what was answered is there when the process is killed`() async throws {
        let store = try EmbeddedStore.open(.file(directory.file()))
        var written: Set<Watermark> = []
        for round in 0..<20 {
            let mark = Self.mark(.user(UserID("u\(round)")), Int64(round))
            try await Self.raise([mark], in: store)
            written.insert(mark)
            let copy = directory.file("killed-\(round).db")
            for suffix in ["", "-wal"] {
                try directory.write(
                    directory.bytes(of: directory.file() + suffix), to: copy + suffix)
            }
            let survivor = try EmbeddedStore.open(.file(copy))
            #expect(try await Self.all(in: survivor) == written)
            await survivor.close()
        }
        await store.close()
    }
}
