import Documents
import SelfService
import Testing
import Values

@Suite struct OrganizationDraftTests {
    @Test(arguments: [
        "tenantId", "customCss", "isMfaRequired", "customData", "branding", "createdAt", "id",
        "userId", "userIds", "by", "acceptedUserId", "inviterId", "Name", "name ",
    ])
    func `X6 AZ-10 a member that is not known is refused and not passed on`(
        _ member: String
    ) async throws {
        let bench = try Bench()
        var body: JSONObject = ["name": "Acme"]
        body[member] = "ben"
        let answer = await bench.create(.object(body))
        #expect(answer.status == 422)
        #expect(answer.errors == ["/\(member) member-unknown"])
        #expect(bench.directory.calls.isEmpty)
    }

    @Test func `X5 the creator is the token's subject, whatever the metadata says`() async throws {
        let bench = try Bench()
        let answer = await bench.create([
            "name": "Acme",
            "metadata": ["gatehouse": ["creation": ["by": "ben"]], "userIds": ["ben"]],
        ])
        #expect(answer.status == 201)
        #expect(bench.directory.organizations[0].members.map(\.user) == [UserID("ana")])
        let own = bench.directory.created[0].customData["gatehouse"]
        #expect(own?["creation"]?["by"] == "ana")
        #expect(bench.directory.created[0].customData.names == ["gatehouse"])
    }

    @Test func `a slug is refused while slugs are not reserved`() async throws {
        let bench = try Bench()
        let answer = await bench.create(["name": "Acme", "slug": "acme"])
        #expect(answer.status == 422)
        #expect(answer.code == "body-invalid")
        #expect(answer.errors == ["/slug slug-not-supported"])
        #expect(answer.text.contains("Leave the member out"))
    }

    @Test(arguments: [
        (JSONValue.null, "member-type"), (7, "member-type"), ("", "name-empty"),
        (" \t\u{A0}\u{3000}", "name-empty"),
        (.string(String(repeating: "x", count: 129)), "name-too-long"),
        (.string(String(repeating: "\u{1F3E2}", count: 65)), "name-too-long"),
        ("a\r\nBcc: x", "name-characters"), ("a\u{7}b", "name-characters"),
        ("a\u{85}b", "name-characters"), ("\u{202E}emca", "name-characters"),
        ("a\u{2066}b", "name-characters"), ("a\u{2028}b", "name-characters"),
        ("a\u{200B}b", "name-characters"), ("a\u{FEFF}b", "name-characters"),
        ("see http://evil.example", "name-characters"),
        ("javascript://x", "name-characters"),
    ])
    func `X16 a name that cannot be shown is refused`(
        _ name: JSONValue, _ code: String
    ) async throws {
        let bench = try Bench()
        let answer = await bench.create(["name": name])
        #expect(answer.status == 422)
        #expect(answer.errors == ["/name \(code)"])
        #expect(bench.directory.calls.isEmpty)
    }

    @Test(arguments: [
        "A", "Booking.com", "Zoë & Søn — 東京 ☕", "O'Neill \"Ltd\" <b>", "عربي", "👩‍💻 Team",
        String(repeating: "x", count: 128),
    ])
    func `a name of any language is taken as it is`(_ name: String) async throws {
        let bench = try Bench()
        #expect(await bench.create(["name": .string(name)]).status == 201)
        #expect(bench.directory.created.map(\.name.utf8.count) == [name.utf8.count])
    }

    @Test func `a description has its bounds`() async throws {
        let bench = try Bench()
        let long = String(repeating: "x", count: 257)
        #expect(
            await bench.create(["name": "A", "description": .string(long)]).errors
                == ["/description description-too-long"]
        )
        #expect(
            await bench.create(["name": "A", "description": "a\u{202E}b"]).errors
                == ["/description description-characters"]
        )
        #expect(
            await bench.create(["name": "A", "description": []]).errors
                == ["/description member-type"]
        )
        #expect(
            await bench.create(["name": "A", "description": "two\nlines: http://a.example"]).status
                == 201
        )
        #expect(await bench.create(["name": "B", "description": ""]).status == 201)
        #expect(await bench.create(["name": "C", "description": nil]).status == 201)
        #expect(bench.directory.created.map { $0.description == nil } == [false, true, true])
    }

    @Test func `metadata is bounded, and what Logto would change is refused`() async throws {
        let bench = try Bench()
        func errors(_ metadata: JSONValue) async -> [String] {
            await bench.create(["name": "A", "metadata": metadata]).errors
        }
        #expect(await errors("x") == ["/metadata member-type"])
        #expect(await errors(nil) == ["/metadata member-type"])
        #expect(
            await errors(["a": .string(String(repeating: "x", count: 9_000))])
                == ["/metadata metadata-too-large"]
        )
        #expect(
            await errors(["a": [1, ["b/c": 9_007_199_254_740_993]]])
                == ["/metadata/a/1/b~1c metadata-number"]
        )
        #expect(
            await errors(["a": ["__proto__": 1]]) == ["/metadata/a/__proto__ metadata-name"]
        )
        #expect(bench.directory.calls.isEmpty)
    }

    @Test func `all errors are reported together`() async throws {
        let bench = try Bench()
        let answer = await bench.create(["name": "", "description": 1, "slug": "a", "x": 1])
        #expect(
            answer.errors == [
                "/x member-unknown", "/slug slug-not-supported", "/name name-empty",
                "/description member-type",
            ]
        )
        #expect(await bench.create([:]).errors == ["/name member-missing"])
    }

    @Test(arguments: [
        "", "[]", "\"Acme\"", "null", "{\"name\":\"A\",\"name\":\"B\"}", "{\"name\":\"A\"} x",
        "{\"name\":\"\\ud800\"}", "{\"name\":\"a\\u0000b\"}", "{name:\"A\"}",
    ])
    func `a body with two readings is refused`(_ text: String) async throws {
        let bench = try Bench()
        let answer = await bench.create(raw: Array(text.utf8))
        #expect(answer.status == 400)
        #expect(answer.code == "body-malformed")
        #expect(bench.directory.calls.isEmpty)
    }

    @Test func `bytes that are no text, and bodies without end, are refused`() async throws {
        let bench = try Bench()
        #expect(await bench.create(raw: [0x7B, 0xFF, 0x7D]).code == "body-malformed")
        let deep = String(repeating: "{\"a\":", count: 5_000)
        #expect(await bench.create(raw: Array(deep.utf8)).status == 413)
        let nested = String(repeating: "[", count: 500)
        #expect(await bench.create(raw: Array(nested.utf8)).code == "body-malformed")
    }

    @Test(arguments: [
        nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonp",
        "application/json; charset=latin1", "multipart/form-data", "application/merge-patch+json",
    ])
    func `a body that is not called JSON is refused`(_ type: String?) async throws {
        let bench = try Bench()
        let answer = await bench.create(contentType: type)
        #expect(answer.status == 415)
        #expect(answer.code == "content-type-unsupported")
    }

    @Test(arguments: ["application/json;charset=UTF-8", "Application/JSON ; charset=\"utf-8\""])
    func `JSON in UTF-8 is taken under its names`(_ type: String) async throws {
        #expect(await (try Bench()).create(contentType: type).status == 201)
    }

    @Test(arguments: ["dryRun=true", "x", "name=Acme"])
    func `a query is refused, so that a dry run is never a real one`(_ query: String) async throws {
        let bench = try Bench()
        let answer = await bench.create(query: query)
        #expect(answer.status == 400)
        #expect(answer.code == "query-invalid")
        #expect(bench.directory.calls.isEmpty)
    }
}
