import Documents
import SelfService
import Testing
import Values

@Suite struct OrganizationListTests {
    private func bench(_ count: Int) throws -> Bench {
        let bench = try Bench()
        bench.directory.change { tenant in
            for index in 0..<count {
                // Logto's order is none: here the later come first.
                let number = count - index
                tenant.organizations.append(
                    .init(
                        value: DirectoryOrganization(
                            id: OrganizationID("org\(number)"),
                            name: "Name \(number < 10 ? "0" : "")\(number)", description: "secret",
                            customData: ["internal": "canary"],
                            logoURL: "https://cdn.example/\(number).png",
                            createdAt: UnixTime(seconds: 1)
                        ),
                        members: [
                            .init(user: UserID("ana"), roles: ["owner"]),
                            .init(user: UserID("ben"), roles: []),
                        ]
                    )
                )
            }
        }
        return bench
    }

    @Test func `X7 one's own organizations are listed with what is documented`() async throws {
        let bench = try bench(1)
        bench.directory.change { tenant in
            tenant.organizations.append(OrganizationCreationTests.other("org9", "Not mine"))
        }
        let answer = await bench.list()
        #expect(answer.status == 200)
        #expect(
            answer.body == [
                "data": [
                    [
                        "id": "org1", "slug": nil, "name": "Name 01",
                        "logoUrl": "https://cdn.example/1.png",
                        "roles": [["id": "role-owner", "name": "owner"]], "memberSince": nil,
                        "state": "active", "lastUsedAt": nil,
                    ]
                ],
                "meta": ["total": 1, "nextCursor": nil, "pendingInvitations": nil],
            ]
        )
        #expect(!answer.text.contains("canary"))
        #expect(bench.directory.calls == [.listMine])
    }

    @Test(arguments: [
        "javascript:alert(1)", "http://cdn.example/x.png", "data:image/png;base64,AA",
        "https://x.example/\"onerror=", "https://x.example/\u{202E}",
    ])
    func `a logo of another scheme is not shown`(_ url: String) async throws {
        let bench = try Bench()
        bench.directory.change { tenant in
            tenant.organizations.append(
                .init(
                    value: DirectoryOrganization(
                        id: OrganizationID("org1"), name: "A", description: nil, customData: [:],
                        logoURL: url, createdAt: UnixTime(seconds: 1)
                    ),
                    members: [.init(user: UserID("ana"), roles: [])]
                )
            )
        }
        #expect(await bench.list().body["data"]?.arrayValue?.first?["logoUrl"] == .null)
    }

    @Test func `pages join to the whole, in order, without repetition`() async throws {
        let bench = try bench(45)
        var names: [String] = []
        var query: String? = nil
        for _ in 0..<5 {
            let answer = await bench.list(query)
            names += (answer.body["data"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            #expect(answer.body["meta"]?["total"] == 45)
            guard let cursor = answer.body["meta"]?["nextCursor"]?.stringValue else { break }
            #expect(
                answer.result.headers["Link"]
                    == "</organizations?limit=20&cursor=\(cursor)>; rel=\"next\""
            )
            query = "limit=20&cursor=\(cursor)"
        }
        #expect(names.count == 45)
        #expect(names == names.sorted())
        #expect(Set(names).count == 45)
    }

    @Test func `a page that ends exactly has no next`() async throws {
        let bench = try bench(3)
        let answer = await bench.list("limit=3")
        #expect(answer.body["data"]?.arrayValue?.count == 3)
        #expect(answer.body["meta"]?["nextCursor"] == .null)
        #expect(answer.result.headers["Link"] == nil)
    }

    @Test(arguments: [
        "limit=0", "limit=101", "limit=x", "limit=-1", "limit=01", "limit=+5", "limit",
        "limit=1&limit=2", "page=1", "page_size=100", "userId=ben", "Limit=1", "limit=%zz",
        "limit=5&", "q=a", "limit=99999999999999999999",
    ])
    func `a query that is not documented is refused`(_ query: String) async throws {
        let bench = try bench(1)
        let answer = await bench.list(query)
        #expect(answer.status == 400)
        #expect(answer.code == "query-invalid")
        #expect(bench.directory.calls.isEmpty)
    }

    @Test(arguments: ["x", "AAAA", "Li4vb3JnMQ", "%41"])
    func `a cursor that is not ours is refused`(_ cursor: String) async throws {
        let answer = await (try bench(1)).list("cursor=\(cursor)")
        #expect(answer.status == 400)
        #expect(answer.code == "cursor-invalid")
    }

    @Test func `somebody without organizations has an empty list`() async throws {
        let answer = await (try Bench()).list()
        #expect(answer.status == 200)
        #expect(answer.body["data"] == [])
    }

    @Test(arguments: [
        (DirectoryFailure.notFound, 404, "account-not-found"),
        (.unknownOutcome, 503, "upstream-unavailable"), (.notSent, 503, "upstream-unavailable"),
        (.throttled(retryAfterSeconds: 9), 503, "upstream-unavailable"),
        (.credentialsRefused, 503, "self-service-degraded"),
        (.refused(code: "guard.invalid_input"), 502, "upstream-refused"),
    ])
    func `AV-05 each failure of Logto has its answer`(
        _ failure: DirectoryFailure, _ status: Int, _ code: String
    ) async throws {
        let bench = try Bench()
        bench.directory.failAlways(.listMine, .before(failure))
        let answer = await bench.list()
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect((answer.result.headers["Retry-After"] != nil) == (status == 503))
    }
}
