import JOSE
@testable import Logto
import System
import TestSupport
import Testing
import Values

/// The saved copy: what a restart begins with, and what it must never believe.
@Suite struct SavedCopyTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// An issuer whose keys were fetched and saved once; its only file.
    private func saved(_ settings: KeyRefreshSettings = .init()) async throws -> (
        TestIssuer, file: String
    ) {
        let issuer = try TestIssuer(settings: settings, saved: folder.path)
        try await issuer.runOnce()
        return (issuer, try #require(try folder.names().first))
    }

    @Test func `a copy is written once, for the eyes of its owner`() async throws {
        let (issuer, file) = try await saved()
        issuer.server.stop()
        #expect(try folder.names() == [file])
        #expect(FileSystem.facts(folder(file))?.mode == 0o600)
        #expect(file.hasPrefix("keys--127.0.0.1-"))
        #expect(folder.text(file).contains(issuer.issuer))
        #expect(issuer.metric("gatehouse_keys_saved_copies_total", #"result="written""#) == "1")
    }

    @Test func `AV-02 a restart while the issuer is down serves with the saved keys`() async throws
    {
        let settings = KeyRefreshSettings(maxStale: .seconds(5_400))
        let (first, _) = try await saved(settings)
        // An hour later, on a machine that was started just now.
        let clock = ManualClock(wall: first.clock.wall.advanced(bySeconds: 3_600))
        let second = try TestIssuer(
            settings: settings, saved: folder.path, after: first.site, clock: clock)
        second.discoveryAnswer.value = { _ in
            ScriptedServer.answer(503, ["Retry-After": "3600"])
        }
        try await second.running { publications in
            let publication = try #require(await publications.next())
            #expect(publication.state == .stale)
            #expect(publication.keys?.entries.map(\.id) == [KeyID("k1")])
            #expect(publication.confirmedAt == first.clock.wall)
            #expect(second.metric("gatehouse_keys_age_seconds") == "3600")
            #expect(await second.refresher.keysNeeded(KeyID("k1")) == .present)
            // The bound counts from the fetch itself: half an hour is left.
            await second.pass(.seconds(1_800) + .nanoseconds(1))
            let gone = try #require(await publications.next())
            #expect(gone.state == .unavailable)
            #expect(gone.keys == nil)
            #expect(second.metric("gatehouse_keys_count") == "0")
            second.discoveryAnswer.value = nil
            await second.pass(.seconds(1_800) - .nanoseconds(1))
            #expect(await publications.next()?.state == .current)
        }
        #expect(second.lines.all.count { $0.contains("saved keys in use") } == 1)
        #expect(second.lines.of("WARN").count { $0.contains("keys not refreshed") } == 1)
        #expect(second.lines.of("ERROR").count { $0.contains("too old") } == 1)
        #expect(second.metric("gatehouse_keys_saved_copies_total", #"result="loaded""#) == "1")
    }

    @Test func `the first fetch confirms the saved keys without a word, or replaces them`()
        async throws
    {
        let (first, _) = try await saved()
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        try await second.running(keepsSite: true) { publications in
            #expect(await publications.next()?.state == .stale)
            let confirmed = try #require(await publications.next())
            #expect(confirmed.state == .current)
            #expect(confirmed.keys?.entries.map(\.id) == [KeyID("k1")])
        }
        #expect(second.lines.of("WARN") == [])
        first.document.value = TestKeys.both
        let third = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        try await third.running { publications in
            #expect(await publications.next()?.keys?.entries.count == 1)
            #expect(await publications.next()?.keys?.entries.count == 2)
        }
    }

    /// What is done to a file or its folder, and a word of the warning that follows.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let word: String
        let act: @Sendable (TemporaryDirectory, _ file: String) throws -> Void

        init(
            _ name: String, _ word: String,
            _ act: @escaping @Sendable (TemporaryDirectory, String) throws -> Void
        ) {
            (testDescription, self.word, self.act) = (name, word, act)
        }

        /// The file with one text replaced.
        static func edit(_ name: String, _ word: String, _ old: String, _ new: String) -> Damage {
            Damage(name, word) { folder, file in
                let text = folder.text(file)
                #expect(text.contains(old))
                try folder.write(file, text.replacing(old, by: new))
            }
        }
    }

    static let damages: [Damage] = [
        Damage("truncated", "not whole") { folder, file in
            try folder.write(file, String(folder.text(file).dropLast(40)))
        },
        Damage("empty", "not whole") { folder, file in try folder.write(file, "") },
        Damage("bytes of chance", "not whole") { folder, file in
            try folder.write(file, "\u{7F}ELF\u{1}\u{2}")
        },
        .edit("a member twice", "not whole", #""version":1"#, #""version":1,"version":1"#),
        .edit("another version", "another version", #""version":1"#, #""version":2"#),
        .edit("another issuer", "another issuer", #"/oidc","keys_url"#, #"/oidc/","keys_url"#),
        .edit(
            "another host", "another host", #"keys_url":"http://127.0.0.1"#,
            #"keys_url":"http://127.0.0.2"#),
        .edit(
            "a date in the future", "in the future", #""fetched_at_milliseconds":1772445600000"#,
            #""fetched_at_milliseconds":1772445630001"#),
        .edit(
            "a date at the end of time", "in the future",
            #""fetched_at_milliseconds":1772445600000"#,
            #""fetched_at_milliseconds":9223372036854775807"#),
        .edit(
            "a date before time", "in the future", #""fetched_at_milliseconds":1772445600000"#,
            #""fetched_at_milliseconds":-9223372036854775808"#),
        .edit(
            "an old date", "longer than keys are used",
            #""fetched_at_milliseconds":1772445600000"#,
            #""fetched_at_milliseconds":1772359199999"#),
        .edit("a weak key", "no usable key", #"I6_CKCtz"#, #"J6_CKCtz"#),
        .edit("a secret key", "no usable key", #"\"kty\":\"EC\""#, #"\"kty\":\"oct\""#),
        .edit("no set", "not an object", #"{\"keys\":["#, #"{\"keyz\":["#),
        Damage("too large", "larger") { folder, file in
            try folder.write(
                file, folder.text(file) + String(repeating: " ", count: 1_048_576))
        },
        Damage("group-writable", "mode 620") { folder, file in folder.change(file, mode: 0o620) },
        Damage("readable by others", "mode 644") { folder, file in
            folder.change(file, mode: 0o644)
        },
        Damage("a link", "symbolic link") { folder, file in
            try folder.rename(file, to: "elsewhere")
            try folder.link(file, to: folder("elsewhere"))
        },
        Damage("a folder", "not a regular file") { folder, file in
            try folder.rename(file, to: "elsewhere")
            try folder.makeDirectory(file)
        },
        Damage("a folder that others may write", "others may write the folder") { folder, _ in
            folder.change(mode: 0o770)
        },
    ]

    @Test(arguments: damages)
    func `KEY-19 a copy that is not to be trusted is ignored with a warning`(_ damage: Damage)
        async throws
    {
        let (first, file) = try await saved()
        folder.change(file, mode: 0o600)
        try damage.act(folder, file)
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        second.discoveryAnswer.value = { _ in ScriptedServer.answer(503) }
        try await second.running { publications in
            await second.clock.sleeper(for: .seconds(0.75))
            #expect(await second.refresher.keysNeeded(KeyID("k1")) == .unavailable)
            second.discoveryAnswer.value = nil
            second.clock.advance(by: .seconds(0.75))
            let next = try #require(await publications.next())
            #expect(next.state == .current)
            #expect(next.keys?.entries.count == 1)
        }
        let warnings = second.lines.of("WARN").filter { $0.contains("saved keys ignored") }
        #expect(warnings.count == 1)
        let warning = try #require(warnings.first)
        #expect(warning.contains(damage.word), "\(warning)")
        #expect(warning.contains(file) && warning.contains("gatehouse.remedy="))
        #expect(second.metric("gatehouse_keys_saved_copies_total", #"result="ignored""#) == "1")
    }

    @Test func `KEY-19 a copy of another user is ignored`() async throws {
        let (first, file) = try await saved()
        guard folder.give(file, to: 4_711) else { return first.server.stop() }
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        second.discoveryAnswer.value = { _ in ScriptedServer.answer(503) }
        try await second.running { _ in
            await second.clock.sleeper(for: .seconds(0.75))
            #expect(await second.refresher.keysNeeded(KeyID("k1")) == .unavailable)
        }
        #expect(second.lines.of("WARN").contains { $0.contains("another user") })
    }

    @Test func `a small step back of the clock does not cost the copy`() async throws {
        let (first, _) = try await saved()
        let clock = ManualClock(wall: first.clock.wall.advanced(bySeconds: -30))
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: clock)
        try await second.running { publications in
            #expect(await publications.next()?.state == .stale)
            #expect(second.metric("gatehouse_keys_age_seconds") == "0")
        }
    }

    @Test(arguments: [0, 4_102_444_800] as [Int64])
    func `AV-30 with a wrong clock at start the copy is ignored, and keys are fetched`(
        _ seconds: Int64
    ) async throws {
        let (first, _) = try await saved()
        let clock = ManualClock(wall: UnixTime(seconds: seconds))
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: clock)
        try await second.running { publications in
            let publication = try #require(await publications.next())
            #expect(publication.state == .current)
            #expect(publication.keys != nil)
        }
        #expect(second.lines.of("WARN").count { $0.contains("saved keys ignored") } == 1)
    }

    @Test func `a copy that lies is put right by the first fetch, whatever ETag it has`()
        async throws
    {
        let (first, file) = try await saved()
        // Another good key under the ETag of the true document: a 304 would confirm it.
        let lie = TestKeys.set(TestKeys.entry(2, kid: "k1"))
        try folder.write(
            file,
            folder.text(file).replacing(
                TestKeys.first.replacing("\"", by: "\\\""), by: lie.replacing("\"", by: "\\\"")))
        let before = first.keyRequests
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        let truth = try KeySet.parse(Array(TestKeys.first.utf8)).keys
        try await second.running { publications in
            #expect(await publications.next()?.keys != truth)
            let next = try #require(await publications.next())
            #expect(next.state == .current)
            #expect(next.keys == truth)
        }
        let requests = second.server.requests.filter { $0.target == "/oidc/jwks" }
        #expect(requests.count == before + 1)
        #expect(requests.last?.headers["if-none-match"] == nil)
        #expect(second.lines.of("WARN").contains { $0.contains("key replaced under its own name") })
    }

    @Test(arguments: [(1, "1772445600000"), (2, "1772446140000")])
    func `confirmed keys are written once per interval at most`(_ fetches: Int, _ time: String)
        async throws
    {
        // 270 s after the first fetch, then 540 s.
        let issuer = try TestIssuer(saved: folder.path)
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            for _ in 0..<fetches { await issuer.pass(.seconds(270)) }
            await issuer.clock.sleeper(for: .seconds(270))
        }
        let file = try #require(try folder.names().first)
        #expect(folder.text(file).contains(#""fetched_at_milliseconds":\#(time)"#))
    }

    @Test func `changed keys are written at once`() async throws {
        let issuer = try TestIssuer(saved: folder.path)
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            issuer.document.value = TestKeys.both
            issuer.clock.advance(by: .seconds(20))
            #expect(await issuer.refresher.keysNeeded(KeyID("k2")) == .present)
        }
        let file = try #require(try folder.names().first)
        #expect(folder.text(file).contains("k2"))
    }

    @Test func `a copy that cannot be written is said once, and is no outage`() async throws {
        let issuer = try TestIssuer(saved: folder("missing"))
        try await issuer.running { [folder] publications in
            #expect(await publications.next()?.state == .current)
            await issuer.pass(.seconds(270))
            await issuer.pass(.seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .present)
            // The next fetch that goes well tries again.
            try folder.makeDirectory("missing")
            folder.change("missing", mode: 0o700)
            issuer.clock.advance(by: .seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
        }
        let warnings = issuer.lines.of("WARN")
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("keys not saved") == true)
        #expect(warnings.first?.contains("does not exist") == true)
        #expect(issuer.lines.of("INFO").count { $0.contains("saved keys in order again") } == 1)
        // A copy that still waited to be written when the folder came is one more.
        let written = issuer.metric("gatehouse_keys_saved_copies_total", #"result="written""#)
        #expect(["1", "2"].contains(written))
    }

    @Test func `nothing is written where others may write`() async throws {
        folder.change(mode: 0o777)
        let issuer = try TestIssuer(saved: folder.path)
        try await issuer.runOnce()
        issuer.server.stop()
        #expect(try folder.names() == [])
        #expect(issuer.lines.of("WARN").contains { $0.contains("others may write the folder") })
    }

    @Test func `issuers that read alike have files of their own`() throws {
        let first = try TestIssuer(saved: folder.path)
        first.server.stop()
        let keys = SavedKeys(folder: "/x")
        let names = ["https://a.example/oidc", "https://a.example:oidc", "https://A.example/oidc"]
            .map { keys.path(of: $0) }
        #expect(Set(names).count == 3)
        #expect(names.allSatisfy { $0.hasPrefix("/x/keys--") && $0.hasSuffix(".json") })
        #expect(keys.path(of: "https://../../etc/passwd").split(separator: "/").count == 2)
    }
}
