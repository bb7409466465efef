import PolicyEngine
import Testing

@Suite struct RouteMatchTests {
    private func load(_ routes: [(String, String)]) throws -> PolicySnapshot {
        let body = routes.map { id, match in
            "  - {id: \(id), match: \"\(match)\", organization: none, allow: public}\n"
        }
        return try PolicyFixture.load("routes:\n" + body.joined())
    }

    private func route(_ snapshot: PolicySnapshot, _ line: String, host: String = "h") -> String {
        snapshot.route(snapshot.ask(line, as: nil, host: host).decision)?.id ?? "none"
    }

    @Test func `literal goes before parameter before rest, from the left`() throws {
        let snapshot = try load([
            ("rest", "GET /**"), ("a-rest", "GET /a/**"), ("param", "GET /{x}"),
            ("a", "GET /a"), ("param-b", "GET /{x}/b"), ("a-param", "GET /a/{y}"),
        ])
        #expect(route(snapshot, "GET /a") == "a")
        #expect(route(snapshot, "GET /z") == "param")
        #expect(route(snapshot, "GET /a/b") == "a-param")
        #expect(route(snapshot, "GET /z/b") == "param-b")
        #expect(route(snapshot, "GET /z/c") == "rest")
        #expect(route(snapshot, "GET /a/b/c") == "a-rest")
        #expect(route(snapshot, "GET /z/b/c") == "rest")
        #expect(route(snapshot, "GET /") == "none")
    }

    @Test func `the search goes back to a broader branch when a narrow one ends`() throws {
        let snapshot = try load([
            ("deep", "GET /a/{x}/c/d"), ("wide", "GET /{w}/b/{y}/e"), ("rest", "GET /a/**"),
        ])
        #expect(route(snapshot, "GET /a/b/c/d") == "deep")
        // `/a/**` is more specific than `/{w}/…`: the first segment is literal.
        #expect(route(snapshot, "GET /a/b/c/e") == "rest")
        #expect(route(snapshot, "GET /z/b/c/e") == "wide")
    }

    @Test func `parameters of the route that matched are kept, not those of a dead branch`() throws
    {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: dead, match: "GET /a/{one}/{two}/x", organization: none, allow: public}
              - id: live
                match: "GET /{first}/{second}/**"
                organization: none
                allow: public
                then: {request_headers: {set: {X-First: "${path.first}", X-Second: "${path.second}"}}}

            """)
        let answer = snapshot.ask("GET /a/b/c/d", as: nil)
        let lines = HeaderLines.parse(answer.requestLines).map { "\($0.name)=\($0.value)" }
        #expect(lines.suffix(2) == ["X-First=a", "X-Second=b"])
    }

    @Test func `a parameter stands at its own place in every match of a route`() throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - id: both
                match: ["GET /orgs/{org}/items/{item}", "GET /items/{item}/of/{org}"]
                allow: members
                then: {request_headers: {set: {X-Item: "${path.item}", X-Org: "${org.id}"}}}

            """)
        for line in ["GET /orgs/org_a/items/i1", "GET /items/i1/of/org_a"] {
            let answer = snapshot.ask(line, as: snapshot.user())
            let lines = HeaderLines.parse(answer.requestLines).map { "\($0.name)=\($0.value)" }
            #expect(lines.suffix(2) == ["X-Item=i1", "X-Org=org_a"], "\(line)")
        }
        #expect(
            snapshot.outcome("GET /items/org_a/of/org_b", as: snapshot.user())
                == "404 other-organization")
    }

    @Test func `a named method goes before ANY, after the path`() throws {
        let snapshot = try load([
            ("any", "ANY /a"), ("get", "GET /a"), ("get-param", "GET /{x}/b"),
            ("any-a", "ANY /a/b"),
        ])
        #expect(route(snapshot, "GET /a") == "get")
        #expect(route(snapshot, "POST /a") == "any")
        #expect(route(snapshot, "PURGE /a") == "any")
        #expect(route(snapshot, "GET /a/b") == "any-a")
    }

    @Test func `hosts are exact or suffixes, without case and port`() throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: exact, match: GET /a, host: api.test, organization: none, allow: public}
              - {id: long, match: GET /a, host: "*.x.test", organization: none, allow: public}
              - {id: short, match: GET /a, host: "*.test", organization: none, allow: public}
              - {id: any, match: GET /a, organization: none, allow: public}

            """)
        #expect(route(snapshot, "GET /a", host: "API.test:8443") == "exact")
        #expect(route(snapshot, "GET /a", host: "y.x.test") == "long")
        #expect(route(snapshot, "GET /a", host: "x.test") == "short")
        #expect(route(snapshot, "GET /a", host: "test") == "any")
        #expect(route(snapshot, "GET /a", host: "api.test.evil") == "any")
        #expect(route(snapshot, "GET /a", host: "[::1]:80") == "any")
    }

    @Test func `PATH-16 a segment matches whole`() throws {
        let snapshot = try load([("admin", "GET /admin/**"), ("items", "GET /items")])
        for path in ["/adminx", "/admi", "/admin", "/admin/", "/itemsX", "/item", "/public.evil"] {
            #expect(route(snapshot, "GET \(path)") == "none", "\(path)")
        }
        #expect(route(snapshot, "GET /admin/x") == "admin")
        #expect(route(snapshot, "GET /admin/x/") == "admin")
    }

    @Test func `PATH-08 a trailing slash is another path`() throws {
        let snapshot = try load([("with", "GET /a/"), ("without", "GET /b")])
        #expect(route(snapshot, "GET /a/") == "with")
        #expect(route(snapshot, "GET /a") == "none")
        #expect(route(snapshot, "GET /b/") == "none")
    }
}
