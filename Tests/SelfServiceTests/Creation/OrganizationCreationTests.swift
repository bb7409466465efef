import Documents
import SelfService
import Store
import Testing
import Values

@Suite struct OrganizationCreationTests {
    @Test func `a creation answers as documented`() async throws {
        let bench = try Bench()
        let answer = await bench.create([
            "name": "  Acme ", "description": "Tools", "metadata": ["plan": "trial"],
        ])
        #expect(answer.status == 201)
        #expect(answer.result.headers["Location"] == "/organizations/org1")
        #expect(answer.result.headers["ETag"]?.hasPrefix("\"") == true)
        #expect(
            answer.body == [
                "data": [
                    "id": "org1", "slug": nil, "name": "Acme", "description": "Tools",
                    "branding": [:], "metadata": ["plan": "trial"],
                    "createdAt": "2026-09-21T14:13:20Z",
                    "membership": ["roles": [["id": "role-owner", "name": "owner"]]],
                ],
                "meta": [
                    "next": [
                        "switch": "/organizations/org1",
                        "tokenAudience": "urn:logto:organization:org1",
                    ]
                ],
            ]
        )
        #expect(bench.directory.calls == [.template, .create, .add, .assign])
        let organization = bench.directory.organizations[0]
        #expect(organization.members == [.init(user: UserID("ana"), roles: ["owner"])])
        let own = organization.value.customData["gatehouse"]
        #expect(own?["v"] == 1)
        #expect(own?["creation"]?["by"] == "ana")
        #expect(own?["metadata"] == ["plan": "trial"])
        #expect(try await bench.openCreations().isEmpty)
    }

    @Test func `without a creator role it is exactly the two documented calls`() async throws {
        let bench = try Bench(creatorRole: nil)
        #expect(await bench.create().status == 201)
        #expect(bench.directory.calls == [.template, .create, .add])
    }

    @Test func `the prefix stands in the addresses`() async throws {
        let bench = try Bench(prefix: "/account/v1")
        let answer = await bench.create()
        #expect(answer.result.headers["Location"] == "/account/v1/organizations/org1")
        #expect(
            answer.body["meta"]?["next"]?["switch"] == "/account/v1/organizations/org1"
        )
    }

    static let failures: [DirectoryFailure] = [
        .quotaExceeded, .notFound, .refused(code: "entity.relation_foreign_key_not_found"),
        .refused(code: "organization.require_membership"), .credentialsRefused,
        .throttled(retryAfterSeconds: 7), .notSent, .unknownOutcome,
    ]
    static let steps: [FakeDirectory.Call] = [.create, .add, .assign]

    /// Either full success, or nothing is left, or what is left is recorded. And whatever happened,
    /// the same key leads to one complete organization once Logto is well again (C1, C2).
    private func check(_ step: FakeDirectory.Call, _ faults: [FakeDirectory.Fault]) async throws {
        let bench = try Bench()
        for fault in faults { bench.directory.fail(step, fault) }
        let first = await bench.create(key: "k1")
        try await expectWhole(bench, first)

        bench.directory.heal()
        await bench.service.check()
        let second = await bench.create(key: "k1")
        #expect(second.status == 201, "\(step) \(faults): \(first.text) \(second.text)")
        if first.status == 201 { #expect(second.id == first.id) }
        #expect(bench.directory.organizations.count == 1, "\(step) \(faults)")
        try await expectWhole(bench, second)
    }

    private func expectWhole(_ bench: Bench, _ answer: Answer) async throws {
        if answer.status == 201 {
            #expect(bench.directory.organizations.count == 1)
            #expect(
                bench.directory.organizations.first?.members
                    == [.init(user: UserID("ana"), roles: ["owner"])]
            )
        } else if !bench.directory.organizations.isEmpty {
            #expect(try await bench.openCreations().map(\.state) == [.needsRepair])
        }
    }

    @Test(arguments: steps, failures)
    func `C1 a step that fails once leaves all or nothing`(
        _ step: FakeDirectory.Call, _ failure: DirectoryFailure
    ) async throws {
        try await check(step, [.before(failure)])
    }

    @Test(arguments: steps, failures)
    func `C1 a step that keeps failing leaves all or nothing`(
        _ step: FakeDirectory.Call, _ failure: DirectoryFailure
    ) async throws {
        try await check(step, Array(repeating: .before(failure), count: 4))
    }

    @Test(arguments: steps, 1...4)
    func `C1 a step whose answers are lost leaves all or nothing`(
        _ step: FakeDirectory.Call, _ count: Int
    ) async throws {
        try await check(step, Array(repeating: .after(.unknownOutcome), count: count))
    }

    @Test(arguments: steps)
    func `C1 a step that is lost, then refused, leaves all or nothing`(
        _ step: FakeDirectory.Call
    ) async throws {
        try await check(step, [.before(.unknownOutcome), .before(.quotaExceeded)])
        try await check(step, [.after(.unknownOutcome), .before(.quotaExceeded)])
    }

    @Test(arguments: [
        (FakeDirectory.Call.create, DirectoryFailure.quotaExceeded, 409, "quota-exceeded"),
        (.create, .refused(code: "guard.invalid_input"), 502, "upstream-refused"),
        (.create, .credentialsRefused, 503, "self-service-degraded"),
        (.create, .notSent, 503, "upstream-unavailable"),
        (.add, .quotaExceeded, 409, "seat-limit-reached"),
        (
            .add, .refused(code: "entity.relation_foreign_key_not_found"), 404,
            "account-not-found"
        ),
        (.add, .unknownOutcome, 503, "upstream-unavailable"),
        (.assign, .refused(code: "organization.require_membership"), 409, "not-a-member"),
        (
            .assign, .refused(code: "organization.role_names_not_found"), 503,
            "self-service-degraded"
        ),
        (.assign, .refused(code: "entity.db_constraint_violated"), 503, "self-service-degraded"),
    ])
    func `each answer of Logto has its answer`(
        _ step: FakeDirectory.Call, _ failure: DirectoryFailure, _ status: Int, _ code: String
    ) async throws {
        let bench = try Bench()
        bench.directory.failAlways(step, .before(failure))
        let answer = await bench.create()
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect(bench.directory.organizations.isEmpty)
        #expect(answer.result.headers["Content-Type"] == "application/problem+json")
        #expect((answer.result.headers["Retry-After"] != nil) == (status == 503))
    }

    @Test func `AV-05 a throttled creation is told when to come back, and is not repeated`()
        async throws
    {
        let bench = try Bench()
        bench.directory.failAlways(.create, .before(.throttled(retryAfterSeconds: 17)))
        let answer = await bench.create()
        #expect(answer.status == 503)
        #expect(answer.result.headers["Retry-After"] == "17")
        #expect(bench.directory.calls.filter { $0 == .create }.count == 1)
    }

    @Test func `C2 a creation whose answer is lost is found again, not repeated`() async throws {
        let bench = try Bench()
        for index in 0..<3 {
            bench.directory.change { tenant in
                tenant.organizations.append(Self.other("other\(index)", "Acme Widgets"))
            }
        }
        bench.directory.fail(.create, .after(.unknownOutcome))
        let answer = await bench.create(key: "k1")
        #expect(answer.status == 201)
        #expect(bench.directory.calls.filter { $0 == .create }.count == 1)
        #expect(bench.directory.organizations.count == 4)
    }

    @Test func `C2 a creation that was lost on the way is repeated once`() async throws {
        let bench = try Bench()
        bench.directory.fail(.create, .before(.unknownOutcome))
        #expect(await bench.create(key: "k1").status == 201)
        #expect(bench.directory.calls.filter { $0 == .create }.count == 2)

        let stubborn = try Bench()
        stubborn.directory.failAlways(.create, .before(.unknownOutcome))
        #expect(await stubborn.create(key: "k1").status == 503)
        #expect(stubborn.directory.calls.filter { $0 == .create }.count == 2)
    }

    @Test func `C2 in doubt nothing is created again`() async throws {
        let bench = try Bench()
        bench.directory.fail(.create, .before(.unknownOutcome))
        // The list claims one more than it shows: the organization may be the one not shown.
        bench.directory.change { $0.claimedTotal = 1 }
        let answer = await bench.create(key: "k1")
        #expect(answer.status == 503)
        #expect(bench.directory.calls.filter { $0 == .create }.count == 1)
        #expect(try await bench.openCreations().map(\.state) == [.needsRepair])

        // And again: still in doubt, still not created.
        #expect(await bench.create(key: "k1").status == 503)
        #expect(bench.directory.calls.filter { $0 == .create }.count == 1)
    }

    @Test func `C2 a name with wildcards and escapes is found again`() async throws {
        let bench = try Bench()
        bench.directory.fail(.create, .after(.unknownOutcome))
        #expect(await bench.create(["name": #"50%_off \ Ltd"#]).status == 201)
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `C2 another creation's organization is not taken for ours`() async throws {
        let bench = try Bench()
        #expect(await bench.create(key: "k1").status == 201)
        bench.directory.fail(.create, .before(.unknownOutcome))
        let second = await bench.create(key: "k2")
        #expect(second.status == 201)
        #expect(second.id == "org2")
    }

    @Test func `C3 an organization that somebody joined meanwhile is not deleted`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.assign, .before(.quotaExceeded))
        bench.directory.fail(
            .add,
            .then { $0.organizations[0].members.append(.init(user: UserID("ben"), roles: [])) }
        )
        let answer = await bench.create(key: "k1")
        #expect(answer.status == 409)
        #expect(bench.directory.organizations.count == 1)
        #expect(!bench.directory.calls.contains(.delete))
        #expect(try await bench.openCreations().map(\.state) == [.needsRepair])
        #expect(bench.log.text.contains("\"ERROR\""))
    }

    @Test func `C3 an organization whose only member is somebody else is not deleted`()
        async throws
    {
        let bench = try Bench()
        bench.directory.failAlways(.assign, .before(.quotaExceeded))
        bench.directory.fail(
            .add, .then { $0.organizations[0].members = [.init(user: UserID("ben"), roles: [])] }
        )
        _ = await bench.create(key: "k1")
        #expect(bench.directory.organizations.count == 1)
    }

    @Test func `C3 an organization without our mark is not deleted`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.assign, .before(.quotaExceeded))
        bench.directory.fail(
            .add,
            .then { tenant in
                tenant.organizations[0].value = Self.other("org1", "Acme").value
            }
        )
        _ = await bench.create(key: "k1")
        #expect(bench.directory.organizations.count == 1)
        #expect(!bench.directory.calls.contains(.delete))
    }

    @Test(arguments: [DirectoryFailure.unknownOutcome, .credentialsRefused, .quotaExceeded])
    func `C4 a failing clean-up does not hide the first error`(
        _ cleanUp: DirectoryFailure
    ) async throws {
        let bench = try Bench()
        bench.directory.failAlways(.add, .before(.quotaExceeded))
        bench.directory.failAlways(.delete, .before(cleanUp))
        let answer = await bench.create(key: "k1")
        #expect(answer.status == 409)
        #expect(answer.code == "seat-limit-reached")
        #expect(!answer.text.contains("org1"))
        #expect(bench.log.text.contains("org1"))
        let open = try await bench.openCreations()
        #expect(open.map(\.organization) == [OrganizationID("org1")])
        #expect(open.map(\.lastError) == ["seat-limit-reached"])
    }

    @Test func `a delete whose answer is lost counts when the organization is gone`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.add, .before(.quotaExceeded))
        bench.directory.fail(.delete, .after(.unknownOutcome))
        _ = await bench.create(key: "k1")
        #expect(bench.directory.organizations.isEmpty)
        #expect(try await bench.openCreations().isEmpty)
    }

    static func other(_ id: String, _ name: String) -> FakeDirectory.Tenant.Organization {
        .init(
            value: DirectoryOrganization(
                id: OrganizationID(id), name: name, description: nil, customData: [:],
                logoURL: nil, createdAt: UnixTime(seconds: 1)
            )
        )
    }
}
