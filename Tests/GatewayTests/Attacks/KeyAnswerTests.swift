import Cryptography
import JOSE
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// What an issuer answers instead of its keys, through a running gateway.
@Suite struct KeyAnswerTests {
    private static let unknown = ["token-unknown-key", "keys-refreshing"]
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    private static let endless: [(String, [ScriptedServer.Step])] = [
        (
            "50 MB",
            [
                .send(Array((head + "Content-Length: 50000000\r\n\r\n").utf8)),
                .sendForever([UInt8](repeating: 0x20, count: 65_536)),
            ]
        ),
        (
            "endless",
            [
                .send(Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)),
                .sendForever(Array("8\r\naaaaaaaa\r\n".utf8)),
            ]
        ),
        (
            "a gzip bomb",
            [
                .send(
                    Array(
                        (head + "Content-Encoding: gzip\r\nContent-Length: "
                            + "\(GzipBomb.bytes().count)\r\n\r\n").utf8) + GzipBomb.bytes())
            ]
        ),
        (
            "10,000 keys",
            ScriptedServer.json(
                200,
                "{\"keys\":["
                    + (0..<10_000).map { #"{"kty":"EC","kid":"\#($0)"}"# }
                    .joined(separator: ",") + "]}")
        ),
        (
            "depth 10,000",
            ScriptedServer.json(200, "{\"keys\":" + String(repeating: "[", count: 10_000))
        ),
    ]

    private static let bad: [(String, [ScriptedServer.Step])] = [
        ("500", ScriptedServer.answer(500)),
        ("429", ScriptedServer.answer(429, ["Retry-After": "120"])),
        ("204", ScriptedServer.answer(204)),
        ("html", ScriptedServer.answer(200, ["Content-Type": "text/html"], "<html>")),
        ("no keys", ScriptedServer.json(200, #"{"keys":[]}"#)),
        ("{}", ScriptedServer.json(200, "{}")), ("[]", ScriptedServer.json(200, "[]")),
        ("cut", ScriptedServer.json(200, #"{"keys":[{"kty":"EC""#)),
        ("a reset", [.reset]),
    ]

    /// The last good keys stay where the answer comes later; where it comes first there are none.
    private func keepsLastGood(_ answers: [(String, [ScriptedServer.Step])]) async throws {
        func issuer() throws -> KeyIssuer {
            try KeyIssuer(
                TokenSigner(key: try PrivateKey.generate(.p384), keyID: KeyID("K1")))
        }
        let (later, first) = (
            try answers.map { _ in try issuer() }, try answers.map { _ in try issuer() }
        )
        defer { for issuer in later + first { issuer.server.stop() } }
        for (issuer, (_, steps)) in zip(first, answers) { issuer.answerKeys { steps } }
        try await TestSite.discovering(
            (later + first).map(\.name), unusable: first.count
        ) { site in
            for (issuer, (name, steps)) in zip(later, answers) {
                try await site.expectGranted(try issuer.token(), "\(name), before")
                issuer.answerKeys { steps }
                let asked = issuer.server.requests.count
                try await site.expectRefused(
                    try issuer.token(kid: "unheard-of"), Self.unknown, "\(name)")
                _ = await issuer.server.requests(atLeast: asked + 1)
                try await site.expectGranted(try issuer.token(), "\(name), after")
            }
            for (issuer, (name, _)) in zip(first, answers) {
                _ = await issuer.server.requests(atLeast: 2)
                try await site.expectRefused(
                    try issuer.token(), ["issuer-unavailable"], "\(name), from the start")
            }
        }
    }

    @Test func `KEY-11 a set without end costs the last good keys nothing`() async throws {
        try await keepsLastGood(Self.endless)
    }

    @Test func `KEY-13 a bad answer costs the last good keys nothing`() async throws {
        try await keepsLastGood(Self.bad)
    }

    @Test func `KEY-12 while an issuer answers byte by byte requests are not delayed`()
        async throws
    {
        let issuer = try KeyIssuer(
            TokenSigner(key: try PrivateKey.generate(.p384), keyID: KeyID("K1")))
        defer { issuer.server.stop() }
        try await TestSite.discovering([issuer.name]) { site in
            let asked = issuer.server.requests.count
            issuer.answerKeys {
                [
                    .send(Array((Self.head + "Content-Length: 9999\r\n\r\n").utf8)),
                    .trickle([UInt8](repeating: 0x20, count: 9_999)),
                ]
            }
            try await site.expectRefused(
                try issuer.token(kid: "unheard-of"), ["keys-refreshing"], "held, then told")
            _ = await issuer.server.requests(atLeast: asked + 1)
            try await site.expectGranted(try issuer.token(), "a known key")
        }
    }

    @Test(arguments: ["untouched", "truncated", "of another issuer", "a link"])
    func `KEY-19 a saved copy that was damaged gives no key`(_ damage: String) async throws {
        let folder = try TemporaryDirectory()
        let issuer = try KeyIssuer(
            TokenSigner(key: try PrivateKey.generate(.p384), keyID: KeyID("K1")))
        defer { issuer.server.stop() }
        let keys = "  keys: {cache: \"\(folder.path)\"}\n"
        var file = ""
        try await TestSite.discovering([issuer.name], more: keys) { site in
            while file.isEmpty {
                let port = ":\(issuer.server.port)/oidc"
                file =
                    try folder.names().first {
                        $0.hasSuffix(".json")
                            && String(decoding: folder.bytes($0), as: UTF8.self).contains(port)
                    } ?? ""
                try Task.checkCancellation()
            }
        }
        let text = String(decoding: folder.bytes(file), as: UTF8.self)
        switch damage {
        case "truncated": try folder.write(file, String(text.dropLast(40)))
        case "of another issuer":
            try folder.write(file, text.replacing("/oidc\"", with: "/oidcs\""))
        case "a link":
            try folder.rename(file, to: "elsewhere")
            try folder.link(file, to: folder("elsewhere"))
        default: break
        }
        issuer.answerDiscovery { ScriptedServer.answer(503) }
        let isUsable = damage == "untouched"
        try await TestSite.discovering(
            [issuer.name], unusable: isUsable ? 0 : 1, more: keys
        ) { site in
            if isUsable {
                try await site.expectGranted(try issuer.token(), "the saved copy")
            } else {
                try await site.expectRefused(
                    try issuer.token(), ["issuer-unavailable"], "\(damage)")
            }
        }
    }
}
