import Documents
import TestSupport
import Testing
import Values

/// `gatehouse token inspect`, the built program.
@Suite(.serialized) struct TokenInspectTests {
    private static let issuedAt: Int64 = 1_790_000_000
    private static let checks = [
        "size", "shape", "base64", "header", "algorithm", "type", "key id", "payload", "issuer",
        "audience", "expiry", "issued at", "not before", "lifetime", "subject", "client",
        "token id", "scope", "organization", "binding", "actor", "key", "signature",
    ]

    private let mint: TokenMint
    private let folder: TemporaryDirectory

    init() throws {
        mint = try TokenMint()
        folder = try TemporaryDirectory()
        try folder.write("keys.json", mint.keySet)
    }

    /// Options that name everything, 18 minutes after the token was issued.
    private var known: [String] {
        [
            "--keys", folder("keys.json"), "--issuer", TokenMint.issuer, "--audience",
            TokenMint.audience, "--at", String(Self.issuedAt + 1080),
        ]
    }

    private func inspect(_ arguments: [String]) async throws -> ChildProcess.Ending {
        try await ChildProcess.run(
            Gatehouse.path, ["token", "inspect"] + arguments, in: folder.path)
    }

    /// The same with a file as standard input.
    private func inspect(_ arguments: [String], input: String) async throws -> ChildProcess.Ending {
        try folder.write("input", input)
        return try await ChildProcess.run(
            "/bin/sh",
            ["-c", "exec \"$0\" token inspect \"$@\" < input", Gatehouse.path] + arguments,
            in: folder.path)
    }

    private func json(_ ending: ChildProcess.Ending) throws -> JSONValue {
        try JSONReader.read(Array(ending.output.utf8))
    }

    private func outcome(_ json: JSONValue, _ check: String) -> (passed: Bool?, detail: String) {
        let found = json["checks"]?.arrayValue?.first { $0["name"]?.stringValue == check }
        return (found?["passed"]?.boolValue, found?["detail"]?.stringValue ?? "")
    }

    @Test func `an accepted token is 0, and its claims stand there in words`() async throws {
        let token = try mint.token(issuedAt: Self.issuedAt, ["organization_id": "org_a"])
        let ending = try await inspect(known + [token])
        #expect(ending.code == 0, "\(ending.messages)")
        #expect(ending.messages == "")
        for text in [
            "claims (verified)", "2026-09-21T14:13:20Z, issued 18 minutes ago",
            "expires in 42 minutes", "a user, through the client app1",
            "org_a, in `organization_id`", "read:orders, write:orders",
            "  pass  signature     made by the issuer's key", "\naccepted: ",
        ] {
            #expect(ending.output.contains(text), "\(text)")
        }
    }

    @Test func `JSON has five members, and each check three`() async throws {
        let token = try mint.token(
            issuedAt: Self.issuedAt, ["aud": "urn:logto:organization:org_a", "sub": "app1"])
        let ending = try await inspect(known + ["--format", "json", token])
        #expect(ending.code == 0)
        let json = try json(ending)
        #expect(
            json.objectValue?.names == ["accepted", "code", "kind", "organization", "checks"])
        #expect(json["accepted"] == true)
        #expect(json["code"] == .null)
        #expect(json["kind"] == "machine")
        #expect(json["organization"] == "org_a")
        let checks = json["checks"]?.arrayValue ?? []
        #expect(checks.compactMap { $0["name"]?.stringValue } == Self.checks)
        for check in checks {
            #expect(check.objectValue?.names == ["name", "passed", "detail"])
            #expect(check["passed"] == true)
        }
    }

    @Test(
        arguments: [
            ("--at", "1790262800", [:], "token-expired", "expiry", "expired 3 days ago"),
            (
                "--at", "2026-09-21T14:00:00Z", [:], "token-not-yet-valid", "issued at",
                "in 13 minutes"
            ),
            ("--audience", "x", ["aud": "https://y"], "token-audience", "audience", "https://y"),
            ("--issuer", "x", ["iss": "https://y"], "token-issuer", "issuer", "https://y"),
            ("--issuer", "x", ["cnf": [:]], "token-binding", "binding", "cnf"),
            (
                "--issuer", "x", ["organization_id": 42], "token-claims", "organization",
                "claims script"
            ),
            ("--issuer", "x", ["act": nil], "accepted", "actor", "read:orders"),
        ] as [(String, String, [String: JSONValue?], String, String, String)])
    func `a refused token is 1, with the gateway's code and what to do`(
        _ option: String, _ value: String, _ changes: [String: JSONValue?], _ code: String,
        _ check: String, _ said: String
    ) async throws {
        let token = try mint.token(issuedAt: Self.issuedAt, changes)
        var options = known
        if option == "--at" { options.removeLast(2) }
        options += [option, value]
        let text = try await inspect(options + [token])
        #expect(text.code == (code == "accepted" ? 0 : 1), "\(text.messages)")
        #expect(text.output.contains(code))
        #expect(text.output.contains(said), "\(text.output)")
        let json = try json(try await inspect(options + ["--format=json", token]))
        #expect(json["code"]?.stringValue ?? "accepted" == code)
        #expect(json["accepted"]?.boolValue == (code == "accepted"))
        #expect(outcome(json, check).passed == (code == "accepted"))
        #expect(outcome(json, "signature").passed == (code != "token-issuer"))
    }

    @Test func `a forged signature is refused, and so is one that cannot be checked`() async throws
    {
        let forged = try TokenMint().token(issuedAt: Self.issuedAt)
        let unknown = try json(try await inspect(known + ["--format=json", forged]))
        #expect(unknown["code"] == "token-unknown-key")
        let good = try mint.token(issuedAt: Self.issuedAt)
        let parts = good.split(separator: ".")
        let other = try mint.token(issuedAt: Self.issuedAt, ["sub": "u2"]).split(separator: ".")
        let mixed = try json(
            try await inspect(known + ["--format=json", "\(parts[0]).\(parts[1]).\(other[2])"]))
        #expect(mixed["code"] == "token-signature")
        #expect(outcome(mixed, "signature").passed == false)
        let keyless = try await inspect(Array(known.dropFirst(2)) + ["--format=json", good])
        #expect(keyless.code == 1)
        let json = try json(keyless)
        #expect(json["accepted"] == false)
        #expect(json["code"] == "issuer-unavailable")
        #expect(outcome(json, "signature").passed == false)
        #expect(outcome(json, "signature").detail.contains("not checked"))
        let text = try await inspect(Array(known.dropFirst(2)) + [good])
        #expect(text.code == 1)
        #expect(text.output.contains("\nundecided"))
        #expect(!text.output.contains("\naccepted"))
        #expect(text.output.contains("claims (not verified)"))
    }

    @Test func `with no issuer named nothing is accepted, and the signature is looked at`()
        async throws
    {
        let token = try mint.token(issuedAt: Self.issuedAt)
        let options = ["--keys", "keys.json", "--at", String(Self.issuedAt), "--format=json"]
        let ending = try await inspect(options + [token])
        #expect(ending.code == 1)
        let json = try json(ending)
        #expect(json["code"] == "token-issuer")
        #expect(outcome(json, "signature").passed == true)
        #expect(outcome(json, "issuer").detail.contains("--issuer"))
        #expect(outcome(json, "audience").detail.contains("--audience"))
    }

    @Test(arguments: [
        ("TOKEN", []), ("  TOKEN\n", ["white space"]), ("Bearer TOKEN\r\n", ["white", "Bearer"]),
        ("bearer   TOKEN", ["Bearer"]), ("\tBEARER\tTOKEN", ["white", "Bearer"]),
    ])
    func `what was pasted around a token is left out and named`(
        _ form: String, _ notes: [String]
    ) async throws {
        let token = try mint.token(issuedAt: Self.issuedAt)
        let pasted = form.replacing("TOKEN", with: token)
        for ending in [
            try await inspect(known, input: pasted),
            try await inspect(known + ["-"], input: pasted),
            try await inspect(known + [pasted]),
        ] {
            #expect(ending.code == 0, "\(ending.messages)")
            for note in notes { #expect(ending.messages.contains(note)) }
            #expect(notes.isEmpty == ending.messages.isEmpty, "\(ending.messages)")
        }
        let words = try await inspect(known + ["Bearer", token])
        #expect(words.code == 0)
    }

    @Test
    func `neither the token nor its signature is printed, and no secret that was taken for one`()
        async throws
    {
        let token = try mint.token(issuedAt: Self.issuedAt)
        let signature = String(token.split(separator: ".")[2])
        let opaque = "-VelVh5qxiwMEjwpj9EPvaTjX33VCC0pNKPH4ESiyne5"
        for arguments in [
            known + [token], known + ["--format=json", token], [token], [token, token],
            ["Bearer", token, token], known + ["\(token)x"], ["--", opaque], [opaque],
            ["pat_0123456789abcdefghijklmnopqrstuv"], ["--token=\(token)"], ["--at", token],
            ["--format", "json", "--at", "0", token],
        ] {
            let ending = try await inspect(arguments)
            for text in [ending.output, ending.messages] {
                #expect(!text.contains(token))
                #expect(!text.contains(signature))
                #expect(!text.contains(opaque.dropFirst(3)))
                #expect(!text.contains("0123456789abcdef"))
            }
        }
        for arguments in [["token", token], ["token", opaque], ["token", "help", token]] {
            let ending = try await ChildProcess.run(
                Gatehouse.path, arguments, in: folder.path)
            #expect(ending.code == 2)
            #expect(!ending.messages.contains(signature))
            #expect(!ending.messages.contains(opaque.dropFirst(3)))
        }
    }

    @Test func `what a token says cannot command a terminal, and long values are cut`() async throws
    {
        let evil: JSONValue = "\u{1b}]0;x\u{7}\r\n\u{85}\u{202E}\u{200B}é"
        let token = try mint.token(
            issuedAt: Self.issuedAt,
            [
                "name": evil, "\u{1b}[2J": 1, "list": [evil], "scope": "a\u{1b}[31mb",
                "long": .string(String(repeating: "x", count: 3000)),
            ])
        let ending = try await inspect(known + [token])
        #expect(ending.code == 0)
        for scalar in ending.output.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control: #expect(scalar == "\n")
            case .format, .lineSeparator, .paragraphSeparator: Issue.record("\(scalar.value)")
            default: break
            }
        }
        #expect(ending.output.contains("\\u{1b}]0;x\\u{7}\\u{d}\\u{a}\\u{85}\\u{202e}\\u{200b}é"))
        #expect(ending.output.contains("x… (3000 bytes)"))
        #expect(ending.output.split(separator: "\n").allSatisfy { $0.utf8.count < 300 })
        let json = try await inspect(known + ["--format=json", token])
        #expect(json.output.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    }
}
