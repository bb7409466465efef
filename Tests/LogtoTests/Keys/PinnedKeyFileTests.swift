import JOSE
import System
import TestSupport
import Testing
import Values

@testable import Logto

/// Keys from a file, for a site that cannot reach the issuer.
@Suite struct PinnedKeyFileTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("keys.json", TestKeys.first)
        folder.change("keys.json", mode: 0o644)
    }

    private func issuer(
        _ settings: KeyRefreshSettings = .init(), saved: String? = nil
    ) throws -> TestIssuer {
        try TestIssuer(settings: settings, source: .file(folder("keys.json")), saved: saved)
    }

    @Test func `the keys of a file are in use, and nobody is asked`() async throws {
        let copies = try TemporaryDirectory()
        let issuer = try issuer(saved: copies.path)
        try await issuer.running { publications in
            let publication = try #require(await publications.next())
            #expect(publication.state == .current)
            #expect(publication.keys?.entries.map(\.id) == [KeyID("k1")])
            await issuer.pass(.seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
        }
        #expect(issuer.server.requests.isEmpty)
        #expect(issuer.metric("gatehouse_keys_fetches_total", #"result="confirmed""#) == "1")
        // The file is its own copy.
        #expect(try copies.names() == [])
    }

    @Test func `a changed file is taken after the interval, for an unknown key, and by a flush`()
        async throws
    {
        let issuer = try issuer()
        try await issuer.running { [folder] publications in
            #expect(await publications.next()?.keys?.entries.count == 1)
            try folder.write("keys.json", TestKeys.both)
            await issuer.pass(.seconds(270))
            #expect(await publications.next()?.keys?.entries.count == 2)
            try folder.write("keys.json", TestKeys.set(TestKeys.entry(2, kid: "k3")))
            #expect(await issuer.refresher.keysNeeded(KeyID("k3")) == .present)
            #expect(await publications.next()?.keys?.entries.map(\.id) == [KeyID("k3")])
            try folder.write("keys.json", TestKeys.first)
            #expect(await issuer.refresher.flush() == .fetched(keys: 1))
            #expect(await publications.next()?.keys == nil)
            #expect(await publications.next()?.keys?.entries.map(\.id) == [KeyID("k1")])
        }
    }

    /// What is in place of the file, the code of the failure, and a word of what is said.
    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        let word: String
        let act: @Sendable (TemporaryDirectory) throws -> Void

        init(
            _ name: String, _ word: String, code: String = "key-file",
            _ act: @escaping @Sendable (TemporaryDirectory) throws -> Void
        ) {
            (testDescription, self.code, self.word, self.act) = (name, code, word, act)
        }

        static func text(
            _ name: String, _ word: String, code: String = "key-file", _ text: String
        ) -> Bad {
            Bad(name, word, code: code) { try $0.write("keys.json", text) }
        }
    }

    static let bad: [Bad] = [
        .text("JWT-06 a line feed first", "white space", "\n" + TestKeys.first),
        .text("JWT-06 a space first", "white space", " " + TestKeys.first),
        .text("JWT-06 a tab first", "white space", "\t" + TestKeys.first),
        .text("JWT-06 a carriage return first", "white space", "\r\n" + TestKeys.first),
        .text("JWT-06 a byte-order mark first", "byte-order mark", "\u{FEFF}" + TestKeys.first),
        .text("PEM", "PEM", "-----BEGIN PUBLIC KEY-----\n"),
        .text("empty", "empty", ""),
        .text("a list", "begin with {", "[" + TestKeys.entry(0, kid: "k1") + "]"),
        .text("a single key", "keys.json", code: "answer-malformed", TestKeys.entry(0, kid: "k1")),
        .text("cut", "keys.json", code: "answer-malformed", String(TestKeys.first.dropLast())),
        .text("no keys", "keys.json", code: "keys-empty", #"{"keys":[]}"#),
        .text(
            "a secret", "secret", code: "keys-empty",
            #"{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}"#),
        .text("too large", "larger", TestKeys.first + String(repeating: " ", count: 262_144)),
        Bad("group-writable", "mode 664") { $0.change("keys.json", mode: 0o664) },
        Bad("world-writable", "mode 646") { $0.change("keys.json", mode: 0o646) },
        Bad("a link", "symbolic link") { folder in
            try folder.rename("keys.json", to: "other.json")
            try folder.link("keys.json", to: folder("other.json"))
        },
        Bad("a folder", "regular file") { folder in
            try folder.rename("keys.json", to: "other.json")
            try folder.makeDirectory("keys.json")
        },
        Bad("nothing", "does not exist") { try $0.rename("keys.json", to: "other.json") },
    ]

    @Test(arguments: bad)
    func `a file that is not to be trusted gives no keys`(_ bad: Bad) async throws {
        try bad.act(folder)
        let issuer = try issuer()
        try await issuer.running { _ in
            let outcome = await issuer.flushed()
            guard case .failed(let failure) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(failure.code == bad.code)
            #expect(failure.detail.contains(bad.word), "\(failure.detail)")
            #expect(failure.detail.contains("keys.json"))
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
        }
        #expect(issuer.lines.of("ERROR").contains { $0.contains("no keys yet") })
        #expect(issuer.metric("gatehouse_keys_fetches_total", #"result="\#(bad.code)""#) != nil)
    }

    @Test(arguments: bad)
    func `a file that became bad leaves the last good keys in use`(_ bad: Bad) async throws {
        let issuer = try issuer()
        try await issuer.running { [folder] publications in
            #expect(await publications.next()?.state == .current)
            try bad.act(folder)
            await issuer.pass(.seconds(270))
            let stale = try #require(await publications.next())
            #expect(stale.state == .stale)
            #expect(stale.keys?.entries.map(\.id) == [KeyID("k1")])
        }
        let warnings = issuer.lines.of("WARN").filter { $0.contains("keys not refreshed") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(bad.word) == true, "\(warnings)")
    }

    @Test func `a file that stays bad is not believed longer than an issuer that stays away`()
        async throws
    {
        let issuer = try issuer(KeyRefreshSettings(maxStale: .seconds(300)))
        try await issuer.running { [folder] publications in
            #expect(await publications.next()?.state == .current)
            try folder.rename("keys.json", to: "other.json")
            await issuer.pass(.seconds(270))
            #expect(await publications.next()?.state == .stale)
            for pause in [0.75, 1.5, 3, 6, 12] { await issuer.pass(.seconds(pause)) }
            await issuer.pass(.seconds(6.75) + .nanoseconds(1))
            #expect(await publications.next()?.state == .unavailable)
        }
    }
}
