import JOSE
import Outbound
import System
import Telemetry
import TestSupport
import Testing
import Values

@testable import Logto

/// What an issuer can do to us, and what floods of tokens can.
@Suite struct KeyCasesTests {
    /// An entry that must be ignored, beside a good one, and what is said of it.
    struct Entry: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let code: String
        let isError: Bool
        /// A word of the detail.
        let word: String

        init(
            _ name: String, _ code: String, isError: Bool = false, word: String = "",
            _ text: String
        ) {
            (testDescription, self.text, self.code) = (name, text, code)
            (self.isError, self.word) = (isError, word)
        }

        static func rsa(
            _ name: String, _ word: String, _ modulus: [UInt8], _ exponent: String = "AQAB"
        ) -> Entry {
            Entry(
                name, "key-weak", isError: true, word: word,
                #"{"kty":"RSA","kid":"R","e":"\#(exponent)","n":"\#(Base64URL.encode(modulus))"}"#)
        }

        static func point(
            _ name: String, _ code: String = "key-weak", crv: String = "P-384", x: String, y: String
        ) -> Entry {
            Entry(
                name, code, isError: code == "key-weak",
                #"{"kty":"EC","kid":"E","crv":"\#(crv)","x":"\#(x)","y":"\#(y)"}"#)
        }
    }

    /// A number of so many bytes, odd unless its end is even.
    private static func modulus(_ bytes: Int, end: UInt8 = 0x0F) -> [UInt8] {
        [0xC5] + [UInt8](repeating: 0x3B, count: bytes - 2) + [end]
    }

    /// 65537 to the power of 128: what ROCA's keys look like to every small prime.
    private static var roca: [UInt8] {
        var number: [UInt8] = [1]
        for _ in 0..<128 {
            // Times 65537, lowest byte first: itself, and itself two bytes further.
            let (left, right) = (number + [0, 0, 0], [0, 0] + number + [0])
            var carry = 0
            number = zip(left, right).map { pair in
                let sum = Int(pair.0) + Int(pair.1) + carry
                carry = sum >> 8
                return UInt8(sum & 0xFF)
            }
            while number.last == 0 { number.removeLast() }
        }
        return number.reversed()
    }

    static let entries: [Entry] = {
        let zero = Base64URL.encode([UInt8](repeating: 0, count: 48))
        let one = Base64URL.encode([UInt8](repeating: 0, count: 47) + [1])
        let x = "56QzpYYwhIU_QNDrI4WW6EsIXbiKD9Edtj7iRnntCEQ"
        let y = "I6_CKCtz5MPAdIcucqeb4XF1oZNh9iGDw6wYUgAhVKM"
        return [
            Entry(
                "KEY-06 a symmetric key", "key-secret", isError: true,
                #"{"kty":"oct","kid":"s","k":"AAAA"}"#),
            Entry(
                "KEY-06 a private key", "key-secret", isError: true,
                #"{"kty":"EC","crv":"P-256","kid":"p","x":"\#(x)","y":"\#(y)","d":"AAAA"}"#),
            Entry("KEY-07 an unknown type", "key-unknown-type", #"{"kty":"AKP","kid":"a"}"#),
            Entry(
                "KEY-07 no kid", "key-without-kid",
                #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"}"#),
            .point(
                "KEY-07 short coordinates", crv: "P-256", x: Base64URL.encode([1, 2, 3]), y: y),
            .point("KEY-07 bad base64", "key-bad-number", crv: "P-256", x: "!!", y: y),
            .rsa("KEY-09 1024 bits", "1024 bits", modulus(128)),
            .rsa("KEY-09 16384 bits", "16384 bits", modulus(2_048)),
            .rsa("KEY-09 an even modulus", "divisible by 2", modulus(256, end: 0x0E)),
            .rsa("KEY-09 e = 1", "exponent", modulus(256), "AQ"),
            .rsa("KEY-09 ROCA", "(ROCA)", roca),
            .point("KEY-10 (0,0)", x: zero, y: zero),
            .point("KEY-10 off the curve", x: one, y: one),
            .point("KEY-10 of another curve", crv: "P-384", x: x, y: y),
        ]
    }()

    @Test(arguments: entries, [true, false])
    func `a bad entry is ignored and said, the good one beside it is used`(
        _ entry: Entry, _ isFirst: Bool
    ) async throws {
        let good = TestKeys.entry(0, kid: "k1")
        let issuer = try TestIssuer(
            document: isFirst ? TestKeys.set(entry.text, good) : TestKeys.set(good, entry.text))
        try await issuer.running { publications in
            let publication = try #require(await publications.next())
            #expect(publication.keys?.entries.map(\.id) == [KeyID("k1")])
            // The same problem is not said again with another document.
            issuer.document.value = TestKeys.set(
                TestKeys.entry(1, kid: "k2"), entry.text, good)
            await issuer.pass(.seconds(270))
            #expect(await publications.next()?.keys?.entries.count == 2)
        }
        let lines = issuer.lines.of(entry.isError ? "ERROR" : "WARN")
        #expect(lines.count == 1)
        #expect(lines.first?.contains("key ignored") == true)
        #expect(lines.first?.contains("gatehouse.reason=\(entry.code)") == true, "\(lines)")
        #expect(entry.word.isEmpty || lines.first?.contains(entry.word) == true, "\(lines)")
    }

    @Test func `KEY-05 of two keys with one name neither is used, the others are`() async throws {
        let issuer = try TestIssuer(
            document: TestKeys.set(
                TestKeys.entry(0, kid: "k1"), TestKeys.entry(1, kid: "k2"),
                TestKeys.entry(2, kid: "k1")))
        try await issuer.running { publications in
            #expect(await publications.next()?.keys?.entries.map(\.id) == [KeyID("k2")])
        }
        let lines = issuer.lines.of("ERROR").filter { $0.contains("key-duplicate-kid") }
        #expect(lines.count == 2)
    }

    @Test func `KEY-01 ten thousand made-up keys in ten seconds cause one fetch`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            _ = await publications.next()
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(20))
            for number in 0..<10_000 {
                let made = await issuer.refresher.keysNeeded(KeyID("forged-\(number)"))
                #expect(made != .present && made != .unavailable)
                if number.isMultiple(of: 10) {
                    #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .present)
                }
                issuer.clock.advance(by: .milliseconds(1))
            }
            #expect(issuer.keyRequests == 2)
        }
        #expect(issuer.metric("gatehouse_keys_demanded_fetches_total") == "1")
        #expect(issuer.metric("gatehouse_keys_unknown_total", #"outcome="present""#) == "1000")
        let told = ["absent", "refreshing"].map {
            Int(issuer.metric("gatehouse_keys_unknown_total", #"outcome="\#($0)""#) ?? "0") ?? 0
        }
        #expect(told[0] + told[1] == 10_000)
        #expect(told[0] == 1)
    }

    @Test func `no more requests wait than may wait`() async throws {
        let issuer = try TestIssuer(settings: KeyRefreshSettings(maxWaiters: 2))
        let gate = ScriptedServer.Gate()
        try await issuer.running { publications in
            _ = await publications.next()
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(20))
            issuer.keysAnswer.value = { _ in
                [.wait(gate)] + ScriptedServer.json(200, TestKeys.both)
            }
            await withTaskGroup(of: KeysNeeded.self) { group in
                for _ in 0..<2 {
                    group.addTask { await issuer.refresher.keysNeeded(KeyID("k2")) }
                }
                _ = await issuer.server.requests(atLeast: 3)
                while issuer.metric("gatehouse_keys_waiters") != "2" { await Task.yield() }
                #expect(
                    await issuer.refresher.keysNeeded(KeyID("k2"))
                        == .refreshing(retryAfter: .seconds(1)))
                gate.open()
                for await outcome in group { #expect(outcome == .present) }
            }
            #expect(issuer.metric("gatehouse_keys_waiters") == "0")
        }
    }

    @Test func `KEY-11 a gzip bomb is not unpacked`() async throws {
        let bomb = GzipBomb.bytes()
        #expect(bomb.count < 400_000)
        let issuer = try TestIssuer(settings: KeyRefreshSettings(maxBytes: 1_000_000))
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            + "Content-Length: \(bomb.count)\r\n\r\n"
        issuer.keysAnswer.value = { _ in [.send(Array(head.utf8) + bomb)] }
        try await issuer.running { publications in
            await issuer.clock.sleeper(for: .seconds(0.75))
            #expect(issuer.server.requests.last?.headers["accept-encoding"] == nil)
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(0.75))
            #expect(await publications.next()?.state == .current)
        }
        let failed = issuer.metric("gatehouse_keys_fetches_total", #"result="answer-malformed""#)
        #expect(failed == "1")
    }

    @Test func `KEY-12 an issuer that sends byte by byte costs one fetch deadline`() async throws {
        let issuer = try TestIssuer(
            settings: KeyRefreshSettings(fetchDeadline: .milliseconds(300)))
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
        issuer.keysAnswer.value = { _ in
            [.send(Array(head.utf8)), .trickle([UInt8](repeating: 0x20, count: 9_999))]
        }
        try await issuer.running { publications in
            await issuer.clock.sleeper(for: .seconds(0.75))
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(0.75))
            #expect(await publications.next()?.state == .current)
        }
        #expect(
            issuer.metric("gatehouse_keys_fetches_total", #"result="call-timed-out""#) == "1")
    }

    @Test func `AV-04 while the issuer thinks, keys that are there are used`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            _ = await publications.next()
            issuer.keysAnswer.value = { _ in [.hang] }
            await issuer.pass(.seconds(270))
            _ = await issuer.server.requests(atLeast: 3)
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .present)
            #expect(issuer.latest.value?.state == .current)
        }
    }

    @Test func `AV-03 an issuer that is away for an hour changes nothing but the age`()
        async throws
    {
        let issuer = try TestIssuer()
        let start = issuer.clock.now
        try await issuer.running { publications in
            _ = await publications.next()
            issuer.keysAnswer.value = { _ in ScriptedServer.answer(503) }
            await issuer.pass(.seconds(270))
            #expect(await publications.next()?.state == .stale)
            for pause in [0.75, 1.5, 3, 6, 12, 24] { await issuer.pass(.seconds(pause)) }
            while issuer.clock.now.duration(since: start) < .seconds(3_600) {
                await issuer.pass(.seconds(45))
                #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .present)
            }
            await issuer.clock.sleeper(for: .seconds(45))
            #expect(issuer.published == 2)
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(45))
            #expect(await publications.next()?.state == .current)
        }
        #expect(issuer.lines.of("WARN").count == 1)
    }

    @Test func `KEY-21 an issuer that is down leaves the other one alone`() async throws {
        let (up, down) = (try TestIssuer(), try TestIssuer())
        down.discoveryAnswer.value = { _ in ScriptedServer.answer(503) }
        try await down.running { _ in
            await down.clock.sleeper(for: .seconds(0.75))
            try await up.running { publications in
                let publication = try #require(await publications.next())
                #expect(publication.state == .current)
                #expect(publication.issuers == [up.issuer])
                #expect(await down.refresher.keysNeeded(KeyID("k1")) == .unavailable)
                #expect(await up.refresher.keysNeeded(KeyID("k1")) == .present)
            }
        }
    }

    @Test func `issuers that share keys are named in one publication, and asked nothing`()
        async throws
    {
        let other = try TestIssuer()
        let issuer = try TestIssuer(alsoFor: [other.issuer, other.issuer + "/"])
        #expect(issuer.refresher.issuers.first == issuer.issuer)
        try await issuer.running { publications in
            let publication = try #require(await publications.next())
            #expect(publication.issuer == issuer.issuer)
            #expect(
                publication.issuers == [issuer.issuer, other.issuer, other.issuer + "/"])
            _ = await issuer.refresher.flush()
            #expect(await publications.next()?.issuers.count == 3)
        }
        #expect(other.server.requests.isEmpty)
        other.server.stop()
    }

    @Test(
        .enabled(if: OpenSSLServer.isInstalled),
        arguments: [
            ("localhost", false, false, []), ("other.example", false, true, []),
            ("localhost", true, true, []),
            ("localhost", false, true, ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]),
        ] as [(String, Bool, Bool, [String])])
    func `KEY-16 keys of a server that cannot be trusted are none`(
        _ name: String, _ isExpired: Bool, _ trustsFile: Bool, _ options: [String]
    ) async throws {
        let server = try await OpenSSLServer.started(
            name: name, isExpired: isExpired, options: options)
        defer { server.stop() }
        let (clock, lines, metrics) = (ManualClock(), LineList(), Metrics())
        let client = try OutboundClient(
            OutboundConfiguration(caFile: trustsFile ? server.certificate : nil),
            metrics: metrics, clock: Clocks.monotonic)
        let refresher = KeyRefresher(
            issuer: "https://localhost:\(server.port)/oidc", client: client, clock: clock.service,
            metrics: metrics, logger: lines.logger(), publish: { _ in Issue.record("no keys") })
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await refresher.run() }
            await clock.sleeper(for: .seconds(0.75))
            #expect(await refresher.keysNeeded(KeyID("k1")) == .unavailable)
            await refresher.stop()
        }
        await client.shutdown()
        #expect(lines.of("ERROR").contains { $0.contains("gatehouse.reason=peer-untrusted") })
    }
}
