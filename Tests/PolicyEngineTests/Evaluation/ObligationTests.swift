import PolicyEngine
import Testing
import Values

@Suite struct ObligationTests {
    private let policy = """
        routes:
          - id: file
            match: GET /orgs/{org}/files/{name}
            allow:
              - id: read-it
                permission: read
              - id: write-it
                permission: write
                then:
                  request_headers: {set: {X-Way: write}, keep: [Authorization]}
            then:
              request_headers:
                set: {X-File: "file ${path.name}", X-Where: "${request.method} ${request.path} ${request.host} ${request.id}"}
                remove: [Cookie]
              response_headers: {set: {Cache-Control: private, X-Org: "${org.id}"}}
          - id: open
            match: GET /open/{name}
            organization: none
            allow: public
            then:
              request_headers: {set: {X-Name: "${path.name}"}}
        then:
          request_headers:
            set:
              X-User: ${principal.id}
              X-Organization: ${org.id}
              X-Home: ${principal.organization}
              X-Caller: ${principal.kind}/${principal.client}
              X-Permissions: ${principal.permissions.join(" ")}
              X-Roles: ${principal.roles.join(",")}

        """

    private func lines(_ answer: PolicyExplainer.Answer) -> [String] {
        HeaderLines.parse(answer.requestLines).map { "\($0.name): \($0.value)" }
    }

    @Test func `identity and policy headers are written for an allow`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let user = snapshot.user(scopes: ["write", "read"], roles: ["editor"])
        let answer = snapshot.ask("GET /orgs/org_a/files/a%20b%C3%A9", as: user)
        #expect(
            lines(answer) == [
                "Gatehouse-User: u1", "Gatehouse-Organization: org_a",
                "Gatehouse-Roles: editor member", "Gatehouse-Permissions: read write",
                "Gatehouse-Client: app", "Gatehouse-Request-Id: 000000000000000000000000",
                "X-User: u1",
                "X-Organization: org_a", "X-Home: org_a", "X-Caller: user/app",
                "X-Permissions: read write", "X-Roles: editor,member", "X-File: file a bé",
                "X-Where: GET /orgs/org_a/files/a%20b%C3%A9 localhost 000000000000000000000000",
            ])
        #expect(
            HeaderLines.parse(answer.responseLines).map { "\($0.name): \($0.value)" } == [
                "Cache-Control: private", "X-Org: org_a",
            ])
    }

    @Test func `what a rule adds holds for that rule`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let reader = snapshot.ask("GET /orgs/org_a/files/a", as: snapshot.user(scopes: ["read"]))
        let writer = snapshot.ask("GET /orgs/org_a/files/a", as: snapshot.user(scopes: ["write"]))
        let read = snapshot.obligations[try #require(reader.decision.obligations)]
        let write = snapshot.obligations[try #require(writer.decision.obligations)]
        #expect(!lines(reader).contains("X-Way: write") && lines(writer).contains("X-Way: write"))
        #expect(!read.keepsAuthorization && write.keepsAuthorization)
        #expect(read.removedRequestHeaders == ["Cookie"])
        #expect(write.removedRequestHeaders == ["Cookie"])
        #expect(read.setResponseHeaders == ["Cache-Control", "X-Org"])
    }

    @Test func `a public route says nothing of the caller`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let answer = snapshot.ask("GET /open/x", as: snapshot.user(scopes: ["read"]))
        #expect(lines(answer) == ["Gatehouse-Request-Id: 000000000000000000000000", "X-Name: x"])
    }

    @Test func `a refusal writes nothing`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let answer = snapshot.ask("GET /orgs/org_a/files/x", as: snapshot.user())
        #expect(!answer.decision.isAllowed)
        #expect(answer.requestLines.isEmpty && answer.responseLines.isEmpty)
    }

    @Test(arguments: [
        "a%0Ab", "a%0D%0AX-User:%20root", "%00", "a%7F", "%FF", "%20a", "a%20", "%C3",
    ])
    func `a value that cannot stand in a header is a policy error`(_ name: String) throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - id: open
                match: GET /open/{name}
                organization: none
                allow: public
                then:
                  request_headers: {set: {X-Name: "${path.name}"}}

            """)
        let answer = snapshot.ask("GET /open/\(name)", as: nil)
        #expect(answer.decision.reason == .policyError)
        #expect(answer.requestLines.isEmpty && answer.responseLines.isEmpty)
    }

    @Test(arguments: ["u\r\nX-Admin: 1", "u\n", "u\u{0}", "u\u{7F}", " u", "u "])
    func `a caller whose id cannot stand in a header is a policy error`(_ id: String) throws {
        let snapshot = try PolicyFixture.load(policy)
        let answer = snapshot.ask(
            "GET /orgs/org_a/files/x", as: snapshot.user(id, scopes: ["read"]))
        #expect(answer.decision.reason == .policyError)
        #expect(answer.requestLines.isEmpty)
    }

    @Test func `lines of earlier requests stay`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let evaluator = PolicyEvaluator(snapshot)
        let bytes = Array("h/open/%0A".utf8)
        let access = AccessRequest(
            method: .get, host: 0..<1, path: 1..<bytes.count,
            requestID: ExchangeID(seed: 0, number: 0))
        let found = evaluator.match(access, in: bytes.span)
        let match = try #require(found)
        let decision = evaluator.decide(match, access, in: bytes.span, as: nil)
        var (request, response) = (Array("A: b\r\n".utf8), Array("C: d\r\n".utf8))
        let result = evaluator.carryOut(
            decision, access, in: bytes.span, as: nil, requestLines: &request,
            responseLines: &response)
        #expect(result.reason == .policyError)
        #expect(request == Array("A: b\r\n".utf8) && response == Array("C: d\r\n".utf8))
    }

    @Test func `names that a space would split are written percent-encoded`() throws {
        let snapshot = try PolicyFixture.load(
            "routes:\n  - {id: x, match: \"GET /orgs/{org}/x\", allow: members}\n",
            vocabulary: """
                gatehouse: 1
                kind: vocabulary
                permissions: {"read all": "", "a,b%": "", "é": ""}
                roles: {"team lead": {permissions: ["read all", "a,b%", "é"]}}

                """)
        let user = snapshot.user(scopes: ["read all", "a,b%", "é"], roles: ["team lead"])
        let sent = lines(snapshot.ask("GET /orgs/org_a/x", as: user))
        #expect(sent.contains("Gatehouse-Roles: team%20lead"))
        #expect(sent.contains("Gatehouse-Permissions: read%20all a%2Cb%25 %C3%A9"))
    }

    @Test func `HDR-01 every header that is set anywhere is protected everywhere`() throws {
        let snapshot = try PolicyFixture.load(policy)
        #expect(
            snapshot.protectedHeaderNames == [
                "x-caller", "x-file", "x-home", "x-name", "x-organization", "x-permissions",
                "x-roles", "x-user", "x-way", "x-where",
            ])
    }
}
