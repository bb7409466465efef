import Documents
import Testing
import Values

@testable import Gateway

@Suite struct LogtoEventTests {
    private static let now = UnixTime(milliseconds: 1_790_000_000_500)
    private static let life = WatermarkLife(longestToken: 86_400, leeway: 30)
    private static let org = OrganizationID("o1")

    private static func event(
        _ name: String, _ members: JSONObject = [:], at time: UnixTime = now
    ) throws -> LogtoEvent {
        var body: JSONObject = [
            "event": .string(name), "createdAt": .string(time.rfc3339), "hookId": "h1",
        ]
        body.members += members.members
        return try LogtoEvent(JSONWriter.write(body), now: now, life: life)
    }

    private static func mark(
        _ subject: Watermark.Subject, _ second: Int64 = now.seconds + 1
    ) -> Watermark {
        Watermark(subject, notBefore: UnixTime(seconds: second))
    }

    private static func ids(_ count: Int, _ prefix: String = "u") -> JSONValue {
        .array((0..<count).map { .string("\(prefix)\($0)") })
    }

    @Test func `AZ-22 a deleted organization is forgotten, and its tokens count no longer`() throws
    {
        let event = try Self.event("Organization.Deleted", ["params": ["id": "o1"]])
        #expect(event.forgotten == [.organization(Self.org)])
        #expect(event.revoked == [Self.mark(.organization(Self.org))])
    }

    @Test func `AZ-20 removed people and machines lose their tokens of this organization`() throws {
        let event = try Self.event(
            "Organization.Membership.Updated",
            [
                "params": ["id": "other"], "organizationId": "o1", "addedUserIds": ["u2"],
                "removedUserIds": ["u1"], "removedApplicationIds": ["m1"],
            ])
        #expect(
            event.revoked == [
                Self.mark(.member(Self.org, UserID("u1"))),
                Self.mark(.member(Self.org, UserID("m1"))),
            ])
        #expect(
            event.forgotten == [
                .member(Self.org, "u1"), .member(Self.org, "m1"), .member(Self.org, "u2"),
            ])
    }

    @Test func `without a list of who, the organization is forgotten and nobody revoked`() throws {
        let event = try Self.event("Organization.Membership.Updated", ["organizationId": "o1"])
        #expect(event.forgotten == [.organization(Self.org)])
        #expect(event.revoked.isEmpty)
    }

    @Test func `a list that was cut concerns the whole organization`() throws {
        let removed = try Self.event(
            "Organization.Membership.Updated",
            ["organizationId": "o1", "removedUserIds": Self.ids(5_000)])
        #expect(removed.revoked == [Self.mark(.organization(Self.org))])
        #expect(removed.forgotten == [.organization(Self.org)])
        let whole = try Self.event(
            "Organization.Membership.Updated",
            ["organizationId": "o1", "removedUserIds": Self.ids(4_999)])
        #expect(whole.revoked.count == 4_999)
        #expect(whole.forgotten == [.organization(Self.org)])
        let added = try Self.event(
            "Organization.Membership.Updated",
            ["organizationId": "o1", "addedUserIds": Self.ids(5_000), "removedUserIds": ["u1"]])
        #expect(added.revoked == [Self.mark(.member(Self.org, UserID("u1")))])
        #expect(added.forgotten == [.organization(Self.org)])
    }

    @Test(arguments: ["u1", 7, nil, ["u1", 7]] as [JSONValue])
    func `a list that cannot be read revokes the whole organization`(_ list: JSONValue) throws {
        let event = try Self.event(
            "Organization.Membership.Updated", ["organizationId": "o1", "removedUserIds": list])
        #expect(event.revoked == [Self.mark(.organization(Self.org))])
    }

    @Test func `a deleted person is known by the route, whatever stands in the data`() throws {
        let event = try Self.event(
            "User.Deleted", ["params": ["userId": "u1"], "data": ["id": "u2"]])
        #expect(event.forgotten == [.user(UserID("u1"))])
        #expect(event.revoked == [Self.mark(.user(UserID("u1")))])
    }

    @Test func `a suspension revokes, its end only forgets, and doubt revokes`() throws {
        func event(_ data: JSONValue) throws -> LogtoEvent {
            try Self.event(
                "User.SuspensionStatus.Updated", ["params": ["userId": "u1"], "data": data])
        }
        #expect(try event(["isSuspended": true]).revoked == [Self.mark(.user(UserID("u1")))])
        #expect(try event(["isSuspended": false]).revoked.isEmpty)
        #expect(try event(["isSuspended": false]).forgotten == [.user(UserID("u1"))])
        #expect(try event([:]).revoked.count == 1)
    }

    @Test func `changed data of a person are forgotten by route, else by data, else everything`()
        throws
    {
        let name = "User.Data.Updated"
        #expect(
            try Self.event(name, ["params": ["userId": "u1"], "data": ["id": "u2"]]).forgotten
                == [.user(UserID("u1"))])
        #expect(try Self.event(name, ["data": ["id": "u2"]]).forgotten == [.user(UserID("u2"))])
        #expect(
            try Self.event(name, ["params": [:], "data": ["id": "u2"]]).forgotten == [.everything])
        #expect(try Self.event(name).forgotten == [.everything])
    }

    @Test(arguments: [
        "OrganizationRole.Created", "OrganizationRole.Data.Updated", "OrganizationRole.Deleted",
        "OrganizationRole.Scopes.Updated", "OrganizationScope.Created",
        "OrganizationScope.Data.Updated", "OrganizationScope.Deleted",
    ])
    func `a change of the template is forgotten and revokes nothing`(_ name: String) throws {
        let event = try Self.event(name, ["params": ["id": "r1"]])
        #expect(event.forgotten == [.roleTemplate])
        #expect(event.revoked.isEmpty)
    }

    @Test(arguments: [
        "", "Organization.Created", "User.Created", "PostSignIn", "Role.Deleted", "Scope.Created",
        "Identifier.Lockout", "organization.deleted", "Organization.Deleted ", "Something.New",
    ])
    func `AZ-34 an event that we do not know does nothing`(_ name: String) throws {
        #expect(
            try Self.event(name, ["params": ["id": "o1", "userId": "u1"]]) == LogtoEvent.nothing)
    }

    @Test(arguments: [
        "Organization.Deleted", "Organization.Data.Updated", "Organization.Membership.Updated",
        "User.Deleted", "User.SuspensionStatus.Updated", "User.Data.Updated",
    ])
    func `one that does not say of whom forgets everything and revokes nobody`(_ name: String)
        throws
    {
        for members in [[:], ["params": [:]], ["params": ["id": "", "userId": 7]]] as [JSONObject] {
            let event = try Self.event(name, members)
            #expect(event.forgotten == [.everything])
            #expect(event.revoked.isEmpty)
        }
    }

    @Test func `AZ-34 the time is the event's plus a second, and ahead by the leeway at most`()
        throws
    {
        let parameters: JSONObject = ["params": ["userId": "u1"]]
        let early = Self.now.advanced(bySeconds: -100)
        #expect(
            try Self.event("User.Deleted", parameters, at: early).revoked
                == [Self.mark(.user(UserID("u1")), early.seconds + 1)])
        let late = Self.now.advanced(bySeconds: 86_400)
        #expect(
            try Self.event("User.Deleted", parameters, at: late).revoked
                == [Self.mark(.user(UserID("u1")), Self.now.seconds + Self.life.leeway + 1)])
    }

    @Test(arguments: ["", "yesterday", "2026-02-30T00:00:00Z", "99999-01-01T00:00:00Z"])
    func `a time that cannot be read is now`(_ text: String) throws {
        let body: JSONObject = [
            "event": "User.Deleted", "createdAt": .string(text), "params": ["userId": "u1"],
        ]
        let event = try LogtoEvent(JSONWriter.write(body), now: Self.now, life: Self.life)
        #expect(event.revoked == [Self.mark(.user(UserID("u1")))])
    }

    @Test func `AZ-34 one from before the oldest living token is ignored`() throws {
        let parameters: JSONObject = ["params": ["userId": "u1"]]
        let old = Self.now.advanced(bySeconds: -86_400 - 30 - 61)
        #expect(try Self.event("User.Deleted", parameters, at: old) == LogtoEvent.nothing)
        let still = Self.now.advanced(bySeconds: -86_400)
        #expect(try Self.event("User.Deleted", parameters, at: still).revoked.count == 1)
    }

    @Test(arguments: ["", "[]", "7", "\"x\"", "null", "{", #"{"event":1,"event":2}"#, "{}x"])
    func `AZ-34 what is no JSON object is refused`(_ text: String) {
        #expect(throws: JSONRejection.self) {
            try LogtoEvent(Array(text.utf8), now: Self.now, life: Self.life)
        }
    }

    @Test func `a person cannot hide the removal by what is nested in the person's data`() throws {
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        let text = """
            {"event":"User.Deleted","data":{"id":"u1","customData":{"a":\(deep),"b":"]}\\"{"}},
             "params":{"userId":"u1"}}
            """
        let event = try LogtoEvent(Array(text.utf8), now: Self.now, life: Self.life)
        #expect(event.revoked == [Self.mark(.user(UserID("u1")))])
    }

    @Test(arguments: [
        (#"{"a":{"b":[1,{"c":2}],"d":3},"e":[[]]}"#, #"{"a":{"b":null,"d":3},"e":[null]}"#),
        (#"{"a":{"b":["]","\"]",{}],"c":"{["}}"#, #"{"a":{"b":null,"c":"{["}}"#),
        (#"{"a":"\\","b":{"c":[[[[1]]]]}}"#, #"{"a":"\\","b":{"c":null}}"#),
        ("]]{}", "]]{}"), ("", ""),
    ])
    func `what is nested below the second level becomes null`(_ text: String, _ expected: String) {
        let cut = ShallowJSON.cut(Array(text.utf8), below: 2)
        #expect(String(decoding: cut, as: UTF8.self) == expected)
    }
}
