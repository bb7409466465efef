import PolicyEngine
import Testing
import Values

@Suite struct DecisionTests {
    private let orgs = """
        routes:
          - id: list
            match: GET /orgs/{org}/items
            allow: read
          - id: any-of
            match: GET /orgs/{org}/any
            allow: [write, admin]
          - id: all-of
            match: GET /orgs/{org}/all
            allow: {all: [read, write]}
          - id: members
            match: GET /orgs/{org}/members
            allow: members
          - id: owners
            match: GET /orgs/{org}/owners
            allow: [{role: owner}]
          - id: programs
            match: GET /orgs/{org}/programs
            allow: [{permission: read, kind: machine}]
          - id: everybody
            match: GET /orgs/{org}/everybody
            allow: [{permission: read, kind: any}]

        """

    @Test(arguments: [
        ("GET /orgs/org_a/items", ["read"], "allow list/1"),
        ("GET /orgs/org_a/items", ["write"], "403 not-permitted"),
        ("GET /orgs/org_a/any", ["admin"], "allow any-of/1"),
        ("GET /orgs/org_a/any", ["read"], "403 not-permitted"),
        ("GET /orgs/org_a/all", ["read", "write"], "allow all-of/1"),
        ("GET /orgs/org_a/all", ["write"], "403 not-permitted"),
        ("GET /orgs/org_a/members", [], "allow members/1"),
        ("GET /orgs/org_a/owners", ["read"], "403 not-permitted"),
    ])
    func `a rule asks for what it names`(_ line: String, _ scopes: [String], _ expected: String)
        throws
    {
        let snapshot = try PolicyFixture.load(orgs)
        #expect(snapshot.outcome(line, as: snapshot.user(scopes: scopes)) == expected)
    }

    @Test func `AZ-01 an organization token opens no other organization`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let user = snapshot.user(scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_b/items", as: user) == "404 other-organization")
        let open = try PolicyFixture.load(
            orgs,
            project: PolicyFixture.project + "defaults: {hide_other_organizations: false}\n")
        #expect(
            open.outcome("GET /orgs/org_b/items", as: open.user(scopes: ["read"]))
                == "403 other-organization")
    }

    @Test func `AZ-01 the wall is asked before any rule`() throws {
        let snapshot = try PolicyFixture.load(
            orgs + "deny:\n  - {id: closed, because: Closed}\n")
        let user = snapshot.user(scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_b/items", as: user) == "404 other-organization")
        #expect(snapshot.outcome("GET /orgs/org_a/items", as: user) == "403 denied")
    }

    @Test func `AZ-02 only the declared source names the organization`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let user = snapshot.user(
            scopes: ["read"], audience: "https://api.example.test")
        let headers: HeaderList = ["X-Organization": "org_a"]
        #expect(
            snapshot.outcome("GET /orgs/org_b/items", as: user, headers: headers)
                == "404 other-organization")
    }

    @Test func `AZ-04 a token without organization is refused where one is needed`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let user = snapshot.user(in: nil, scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_a/items", as: user) == "403 organization-required")
    }

    @Test func `AZ-06 a role counts only in the organization of its token`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let owner = snapshot.user(in: "org_b", roles: ["owner"])
        #expect(snapshot.outcome("GET /orgs/org_b/owners", as: owner) == "allow owners/1")
        #expect(snapshot.outcome("GET /orgs/org_a/owners", as: owner) == "404 other-organization")
    }

    @Test func `AZ-07 a program meets no rule that does not name its kind`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let robot = snapshot.user(scopes: ["read"], kind: .machine)
        let user = snapshot.user(scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_a/items", as: robot) == "403 not-permitted")
        #expect(snapshot.outcome("GET /orgs/org_a/members", as: robot) == "403 not-permitted")
        #expect(snapshot.outcome("GET /orgs/org_a/programs", as: robot) == "allow programs/1")
        #expect(snapshot.outcome("GET /orgs/org_a/programs", as: user) == "403 not-permitted")
        #expect(snapshot.outcome("GET /orgs/org_a/everybody", as: robot) == "allow everybody/1")
        #expect(snapshot.outcome("GET /orgs/org_a/everybody", as: user) == "allow everybody/1")
    }

    @Test(arguments: [
        "GET /orgs/org_a/nothing", "HEAD /orgs/org_a/items", "OPTIONS /orgs/org_a/items",
        "POST /orgs/org_a/items", "GET /orgs/org_a/items/", "GET /orgs/org_a/ITEMS",
        "GET /orgs/org_a/items/x", "GET /", "GET /orgs//items",
    ])
    func `AZ-26 what no route names is refused`(_ line: String) throws {
        let snapshot = try PolicyFixture.load(orgs)
        let user = snapshot.user(scopes: ["read", "write", "admin"])
        #expect(snapshot.outcome(line, as: user) == "404 no-route")
    }

    @Test func `AZ-26 CONNECT and TRACE are not routed even where ANY is`() throws {
        let snapshot = try PolicyFixture.load(
            "routes:\n  - {id: all, match: ANY /**, organization: none, allow: public}\n")
        #expect(snapshot.outcome("GET /x", as: nil) == "allow all/1")
        #expect(snapshot.outcome("TRACE /x", as: nil) == "405 method-not-allowed")
        #expect(snapshot.outcome("CONNECT /x", as: nil) == "405 method-not-allowed")
    }

    @Test func `AZ-31 the most specific route decides and its refusal is final`() throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: broad, match: "GET /orgs/{org}/**", allow: read}
              - {id: narrow, match: "GET /orgs/{org}/billing/**", allow: admin}

            """)
        let user = snapshot.user(scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_a/docs/1", as: user) == "allow broad/1")
        #expect(snapshot.outcome("GET /orgs/org_a/billing/1", as: user) == "403 not-permitted")
        #expect(snapshot.outcome("GET /orgs/org_a/billing", as: user) == "allow broad/1")
    }

    @Test func `AZ-32 what is denied above is denied below, whatever a route adds`() throws {
        let snapshot = try PolicyFixture.load(
            """
            deny:
              - {id: file, permission: write, methods: [POST], because: File}
            routes:
              - {id: get, match: "GET,POST /orgs/{org}/x", allow: [read, write, admin]}
              - {id: own, match: "GET /orgs/{org}/y", allow: members, deny: [{id: route, because: R}]}

            """,
            project: PolicyFixture.project + "deny: [{id: top, permission: admin, because: Top}]\n")
        let because = { (line: String, scopes: [String]) -> String? in
            let answer = snapshot.ask(line, as: snapshot.user(scopes: scopes))
            return snapshot.because(answer.decision)?.id
        }
        #expect(because("GET /orgs/org_a/x", ["read", "admin"]) == "top")
        #expect(because("POST /orgs/org_a/x", ["read", "write"]) == "file")
        #expect(because("GET /orgs/org_a/x", ["read", "write"]) == "get/1")
        #expect(because("GET /orgs/org_a/y", ["read"]) == "route")
    }

    @Test func `AZ-33 a shadow rule changes no answer and says what it would`() throws {
        let snapshot = try PolicyFixture.load(
            """
            deny: [{id: trial-deny, permission: write, mode: shadow, because: Trial}]
            routes:
              - id: get
                match: GET /orgs/{org}/x
                allow:
                  - {id: enforced, permission: read}
                  - {id: trial-allow, permission: admin, mode: shadow}

            """)
        let ask = { scopes in
            snapshot.ask("GET /orgs/org_a/x", as: snapshot.user(scopes: scopes)).decision
        }
        let number = { id in snapshot.rules.firstIndex { $0.id == id } ?? -1 }
        #expect(ask(["read"]).isAllowed)
        #expect(ask(["read"]).shadow == .same)
        #expect(ask(["read", "write"]).isAllowed)
        #expect(ask(["read", "write"]).shadow == .deny(rule: number("trial-deny")))
        #expect(ask(["admin"]).reason == .notPermitted)
        #expect(ask(["admin"]).shadow == .allow(rule: number("trial-allow")))
        #expect(ask(["admin", "write"]).shadow == .same)
    }

    @Test func `PATH-18 an organization in the path is written in its one spelling`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let user = snapshot.user(in: "orgA", scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/orgA/items", as: user) == "allow list/1")
        let long = String(repeating: "a", count: 65)
        for spelling in ["orgA%20", "orgA.", "ORGA", "orga", long, "%C3%A9"] {
            #expect(
                snapshot.outcome("GET /orgs/\(spelling)/items", as: user)
                    == "404 other-organization")
            let odd = snapshot.user(in: spelling, scopes: ["read"])
            if spelling.count > 64 || spelling.contains("%") || spelling.contains(".") {
                #expect(
                    snapshot.outcome("GET /orgs/\(spelling)/items", as: odd)
                        == "404 other-organization")
            }
        }
    }

    @Test func `an organization is the one whose id has the same bytes`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        // The Kelvin sign is canonically equivalent to K.
        let user = snapshot.user(in: "org_\u{212A}", scopes: ["read"])
        #expect(snapshot.outcome("GET /orgs/org_K/items", as: user) == "404 other-organization")
    }

    @Test func `without a token only public rules allow`() throws {
        let snapshot = try PolicyFixture.load(
            orgs + """
                  - {id: open, match: GET /open, organization: none, allow: public}
                  - {id: me, match: GET /me, organization: none, allow: authenticated}

                """)
        #expect(snapshot.outcome("GET /orgs/org_a/items", as: nil) == "401 unauthenticated")
        #expect(snapshot.outcome("GET /me", as: nil) == "401 unauthenticated")
        #expect(snapshot.outcome("GET /me", as: snapshot.user(in: nil)) == "allow me/1")
        #expect(snapshot.outcome("GET /open", as: nil) == "allow open/1")
    }

    @Test func `a token of a kind or audience that the route does not take is refused`() throws {
        let snapshot = try PolicyFixture.load(
            """
            tokens: [organization]
            routes:
              - {id: get, match: "GET /orgs/{org}/x", allow: read}

            """)
        let api = snapshot.user(scopes: ["read"], audience: "https://api.example.test")
        #expect(snapshot.outcome("GET /orgs/org_a/x", as: api) == "401 token-not-accepted")
        let both = try PolicyFixture.load(orgs)
        let other = both.user(scopes: ["read"], audience: "https://other.example.test")
        #expect(both.outcome("GET /orgs/org_a/items", as: other) == "401 token-not-accepted")
        let own = both.user(scopes: ["read"], audience: "https://api.example.test")
        #expect(both.outcome("GET /orgs/org_a/items", as: own) == "allow list/1")
    }

    @Test func `a caller of another rule set is refused`() throws {
        let (one, other) = (try PolicyFixture.load(orgs), try PolicyFixture.load(orgs))
        let user = other.user(scopes: ["read"])
        #expect(one.outcome("GET /orgs/org_a/items", as: user) == "403 policy-error")
    }

    @Test func `an organization that awaits its deletion is closed`() throws {
        let snapshot = try PolicyFixture.load(orgs)
        let bytes = Array("localhost/orgs/org_a/items".utf8)
        var access = AccessRequest(
            method: .get, host: 0..<9, path: 9..<bytes.count,
            requestID: ExchangeID(seed: 0, number: 0))
        access.organizationIsPendingDeletion = true
        let evaluator = PolicyEvaluator(snapshot)
        let found = evaluator.match(access, in: bytes.span)
        let match = try #require(found)
        let decision = evaluator.decide(
            match, access, in: bytes.span, as: snapshot.user(scopes: ["read"]))
        #expect(decision.reason == .organizationPendingDeletion)
    }

    @Test func `the header that names the organization is needed once and well-formed`() throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: get, match: GET /x, organization: header.X-Org, allow: read}

            """)
        let user = snapshot.user(scopes: ["read"])
        let ask = { (headers: HeaderList) in
            snapshot.outcome("GET /x", as: user, headers: headers)
        }
        #expect(ask([:]) == "400 no-organization")
        #expect(ask(["x-org": "org_a"]) == "allow get/1")
        #expect(ask(["X-Org": "org_b"]) == "404 other-organization")
        #expect(ask(["X-Org": "org a"]) == "400 no-organization")
        #expect(ask(["X-Org": ""]) == "400 no-organization")
        #expect(ask(["X-Org": "org_a", "x-org": "org_a"]) == "400 no-organization")
        #expect(ask(["X-Org": "org_a", "X_Org": "org_b"]) == "400 no-organization")
    }

    @Test func `a header that the host does not look up counts as absent`() throws {
        let snapshot = try PolicyFixture.load(
            "routes:\n  - {id: get, match: GET /x, organization: header.x-org, allow: members}\n")
        let bytes = Array("h/xorg_a".utf8)
        let evaluator = PolicyEvaluator(snapshot)
        let access = AccessRequest(
            method: .get, host: 0..<1, path: 1..<3, requestID: ExchangeID(seed: 0, number: 0))
        let user = snapshot.user()
        let foundFirst = evaluator.match(access, in: bytes.span)
        let first = try #require(foundFirst)
        #expect(evaluator.headerName(first, slot: 0) == "x-org")
        evaluator.provide(.once(3..<8), slot: 0)
        let firstDecision = evaluator.decide(first, access, in: bytes.span, as: user)
        #expect(firstDecision.isAllowed)
        // The next request does not inherit it.
        let foundSecond = evaluator.match(access, in: bytes.span)
        let second = try #require(foundSecond)
        let secondDecision = evaluator.decide(second, access, in: bytes.span, as: user)
        #expect(secondDecision.reason == .noOrganization)
    }

    @Test func `each reason has its status and the setting that changes it`() {
        var strict = PolicyDefaults()
        strict.unmatchedStatus = 403
        strict.denyStatus = 404
        strict.hidesOtherOrganizations = false
        let table = DecisionReason.allCases.map { reason in
            "\(reason.code) \(reason.status(PolicyDefaults())) \(reason.status(strict))"
                + " \(reason.setting ?? "-")"
        }
        #expect(
            table == [
                "no-route 404 403 defaults.unmatched",
                "method-not-allowed 405 405 -",
                "unauthenticated 401 401 -",
                "token-not-accepted 401 401 tokens, audience",
                "no-organization 400 400 organization",
                "organization-required 403 403 organization",
                "organization-pending-deletion 403 403 -",
                "other-organization 404 403 defaults.hide_other_organizations",
                "denied 403 404 defaults.deny_status",
                "not-permitted 403 404 defaults.deny_status",
                "policy-error 403 403 -",
            ])
    }
}
