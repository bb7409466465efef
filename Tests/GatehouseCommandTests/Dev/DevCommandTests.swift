import Documents
import Glibc
import TestSupport
import Testing
import Values

@Suite(.serialized) struct DevCommandTests {
    @Test func `the file for scripts has every documented member`() async throws {
        try await DevSite.with { site in
            let state = site.state
            #expect(
                state.objectValue?.members.map(\.name) == [
                    "gateway", "admin", "logto", "upstreams", "organizations", "people", "requests",
                ])
            for url in [
                site.text("gateway"), site.text("admin"), site.text("logto", "endpoint"),
                site.text("upstreams", "projects"), site.text("upstreams", "billing"),
            ] {
                #expect(url.hasPrefix("http://127.0.0.1:"), "\(url)")
                #expect(!url.hasSuffix(":0"))
            }
            #expect(site.text("logto", "issuer") == site.text("logto", "endpoint") + "/oidc")
            for name in ["resource", "client_id", "client_secret", "token"] {
                #expect(!site.text("logto", "management", name).isEmpty, "\(name)")
            }
            #expect(
                state["organizations"]
                    == ["acme": "org_a", "globex": "org_b", "staff": "org_acme"])
            let people = try #require(state["people"]?.objectValue)
            #expect(
                people.members.map(\.name) == ["ann", "adam", "olga", "zoe", "sue", "robot"])
            for (name, person) in people.members {
                #expect(person["id"]?.stringValue?.isEmpty == false, "\(name)")
                let tokens = try #require(person["tokens"]?.objectValue)
                #expect(!tokens.members.isEmpty, "\(name)")
                for (_, token) in tokens.members {
                    #expect(token.stringValue?.split(separator: ".").count == 3)
                }
            }
            for request in site.requests {
                #expect(
                    request.objectValue?.members.map(\.name)
                        == ["title", "method", "url", "headers", "body", "expect"])
            }
            #expect(site.requests.count >= 15)
        }
    }

    @Test func `each request gives what the page says, and the page prints its command line`()
        async throws
    {
        try await DevSite.with { site in
            let page = site.process.text()
            for request in site.requests {
                let title = request["title"]?.stringValue ?? ""
                let before = site.process.count()
                let answer = try await site.send(request)
                #expect(
                    Int64(answer.status) == request["expect"]?.integerValue,
                    "\(title): \(answer.body)")
                try await site.process.text(with: "\(answer.status)  ", from: before)
                let heading = "  # \(title): \(answer.status)"
                let line = page.split(separator: "\n").drop { $0 != heading }.dropFirst().first
                let command = try #require(line, "`\(heading)` is not on the page")
                #expect(command.hasPrefix("  curl -i "), "\(title)")
                #expect(command.hasSuffix("'\(request["url"]?.stringValue ?? "")'"), "\(title)")
                for (name, value) in request["headers"]?.objectValue?.members ?? [] {
                    #expect(command.contains("-H '\(name): \(value.stringValue ?? "")'"))
                }
                if let body = request["body"]?.stringValue {
                    #expect(command.contains("-d '\(body)'"), "\(title)")
                }
            }
        }
    }

    @Test func `a spoofed identity never reaches the backend, nor does the token`() async throws {
        try await DevSite.with { site in
            let spoofed = try #require(
                site.requests.first { $0["headers"]?["Gatehouse-User"] != nil })
            let answer = try await site.send(spoofed)
            #expect(answer.status == 200)
            var seen: [String: [String]] = [:]
            for field in answer.json["headers"]?.arrayValue ?? [] {
                let name = field["name"]?.stringValue ?? ""
                seen[name.lowercased(), default: []].append(field["value"]?.stringValue ?? "")
            }
            #expect(seen["gatehouse-user"] == ["u_ann"])
            #expect(seen["gatehouse-organization"] == ["org_a"])
            #expect(seen["x-acme-user"] == ["u_ann"])
            #expect(seen["x_acme_user"] == nil)
            #expect(seen["authorization"] == nil)
            #expect(!seen.values.joined().contains("root"))
            #expect(!answer.body.contains(site.text("people", "ann", "tokens", "acme")))
        }
    }

    @Test func `the creator of an organization is its member and owner`() async throws {
        try await DevSite.with { site in
            let created = try await site.send(
                "POST", "/organizations", as: "ann", "api", body: #"{"name":"Ann and friends"}"#)
            #expect(created.status == 201, "\(created.body)")
            let id = try #require(created.json["data"]?["id"]?.stringValue)
            let organization = try await site.manage("/api/organizations/\(id)")
            #expect(organization.status == 200)
            #expect(organization.json["name"] == "Ann and friends")
            let members = try await site.manage("/api/organizations/\(id)/users")
            #expect(members.json.arrayValue?.compactMap { $0["id"] } == ["u_ann"])
            let roles = try await site.manage("/api/organizations/\(id)/users/u_ann/roles")
            #expect(roles.json.arrayValue?.compactMap { $0["name"] } == ["owner"])
        }
    }

    @Test(arguments: ["/api/organizations/*/users", "/api/organizations/*/users/*/roles"])
    func `a creation that fails at a later call leaves nothing behind`(_ path: String)
        async throws
    {
        try await DevSite.with { site in
            let before = try await site.manage("/api/organizations")
            try await site.fail([
                "method": "POST", "path": .string(path), "then": "answer", "status": 500,
                "times": 20,
            ])
            let refused = try await site.send(
                "POST", "/organizations", as: "ann", "api", body: #"{"name":"Never"}"#)
            #expect(refused.status == 503, "\(refused.body)")
            #expect(refused.headers["Content-Type"] == "application/problem+json")
            let after = try await site.manage("/api/organizations")
            #expect(after.status == 200)
            #expect(after.body == before.body)
            #expect(!after.body.contains("Never"))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends it with 0, and the file for scripts is gone`(_ signal: Int32) async throws {
        try await DevSite.with { site in
            #expect(site.hasState)
            site.process.send(signal)
            let ending = await site.process.ended()
            #expect(ending.code == 0, "\(ending.messages)")
            #expect(!site.hasState)
        }
    }

    @Test func `a port in use is replaced by another`() async throws {
        try await DevSite.with { first in
            func port(_ url: String) -> String { String(url.split(separator: ":").last ?? "") }
            let taken = [
                "--port", port(first.text("gateway")), "--admin-port", port(first.text("admin")),
                "--logto-port", port(first.text("logto", "endpoint")),
                "--projects-port", port(first.text("upstreams", "projects")),
                "--billing-port", port(first.text("upstreams", "billing")),
            ]
            try await DevSite.with(ports: taken) { second in
                for name in ["gateway", "admin"] {
                    #expect(!second.text(name).isEmpty)
                    #expect(first.text(name) != second.text(name))
                }
                for name in ["projects", "billing"] {
                    #expect(first.text("upstreams", name) != second.text("upstreams", name))
                }
                #expect(first.text("logto", "endpoint") != second.text("logto", "endpoint"))
                let answer = try await second.send(
                    "GET", "/orgs/org_a/projects", as: "ann", "acme")
                #expect(answer.status == 200)
            }
        }
    }
}
