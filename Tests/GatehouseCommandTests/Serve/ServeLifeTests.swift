import Documents
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct ServeLifeTests {
    @Test
    func `every request has one access line and one decision line, without a byte of a token`()
        async throws
    {
        try await ServeSite.with { site in
            let token = try await site.token(of: "u_ann", in: "org_a")
            let requests = [
                ("GET", "/orgs/org_a/projects", token, 200),
                ("POST", "/orgs/org_a/projects", token, 403),
                ("GET", "/orgs/org_b/projects", token, 404),
                ("GET", "/orgs/org_a/projects", nil, 401),
                ("GET", "/orgs/org_a/projects", token + "x", 401),
                ("GET", "/orgs/org_a/projects?access_token=\(token)", nil, 400),
                ("GET", "/nowhere", token, 404),
                ("GET", "/healthz", nil, 200),
            ]
            for (method, path, token, expected) in requests {
                #expect(
                    try await site.status(method, path, token: token) == expected,
                    "\(method) \(path)")
            }
            site.process.send(SIGTERM)
            let ending = await site.process.ended()
            #expect(ending.code == 0)

            let lines = try ending.output.split(separator: "\n").map {
                try JSONReader.read(Array($0.utf8))
            }
            let access = lines.filter { $0["http.request.method"] != nil }
            let decisions = lines.filter { $0["decision"] != nil }
            #expect(access.count == requests.count)
            #expect(decisions.count == requests.count)
            #expect(lines.count == access.count + decisions.count)
            let statuses = requests.map { Int64($0.3) }.sorted()
            #expect(
                access.compactMap { $0["http.response.status_code"]?.integerValue }.sorted()
                    == statuses)
            #expect(decisions.compactMap { $0["status"]?.integerValue }.sorted() == statuses)
            #expect(
                Set(access.compactMap { $0["gatehouse.request_id"]?.stringValue })
                    == Set(decisions.compactMap { $0["id"]?.stringValue }))
            let denied = decisions.first { $0["status"] == 403 }
            #expect(denied?["principal"] == "u_ann")
            #expect(denied?["reason"] == "not-permitted")
            #expect(denied?["route"] == "project-create")

            for part in token.split(separator: ".") {
                #expect(!ending.output.contains(part.prefix(24)))
                #expect(!ending.messages.contains(part.prefix(24)))
            }
            for line in ending.messages.split(separator: "\n") where line.hasPrefix("{") {
                #expect(throws: Never.self) { try JSONReader.read(Array(line.utf8)) }
            }
            #expect(!ending.messages.contains("a-secret"))
        }
    }

    @Test func `AV-26 after SIGTERM readiness is off first, and requests are served for the delay`()
        async throws
    {
        try await ServeSite.with(more: "shutdown: {delay: 2s, timeout: 5s}\n") { site in
            let before = try await HTTPCall.send("GET", site.admin + "/readyz").status
            #expect(before == 200)
            site.process.send(SIGTERM)
            while try await HTTPCall.send("GET", site.admin + "/readyz").status != 503 {}
            let during = try await site.status("GET", "/healthz")
            #expect(during == 200)
            let ending = await site.process.ended()
            #expect(ending.code == 0)
            let after = try? await site.status("GET", "/healthz")
            #expect(after == nil)
        }
    }

    @Test func `SIGHUP reads the rule files again`() async throws {
        // The watch cannot see that a directory far above is another one now.
        try await ServeSite.with(
            policies: "current/policies",
            prepare: { folder in
                let text = try SourceTree.text(of: "policies/routes/projects.yaml")
                let edited = text.replacing("allow: write:projects", with: "allow: read:projects")
                for file in try SourceTree.files(under: "policies", ending: ".yaml") {
                    let isEdited = file.path.hasSuffix("/projects.yaml")
                    try folder.write("v1/\(file.path)", file.text)
                    try folder.write("v2/\(file.path)", isEdited ? edited : file.text)
                }
                try folder.link("current", to: "v1")
                try folder.link("next", to: "v2")
            }
        ) { site in
            let token = try await site.token(of: "u_ann", in: "org_a")
            #expect(try await site.status("POST", "/orgs/org_a/projects", token: token) == 403)
            try site.folder.rename("next", to: "current")
            site.process.send(SIGHUP)
            try await site.process.text(with: "policies replaced", in: .messages)
            #expect(try await site.status("POST", "/orgs/org_a/projects", token: token) == 200)

            let text = try SourceTree.text(of: "policies/routes/projects.yaml")
            try site.folder.write(
                "v2/policies/routes/projects.yaml",
                text.replacing("    allow: read:projects", with: "    allow: reed:projects"))
            site.process.send(SIGHUP)
            let said = try await site.process.text(with: "policies not replaced", in: .messages)
            #expect(said.contains("projects.yaml"), "\(said)")
            #expect(try await site.status("POST", "/orgs/org_a/projects", token: token) == 200)
        }
    }

    @Test func `SIGTERM lets requests under way finish and ends it with 0`() async throws {
        let gate = ScriptedServer.Gate()
        let script: ScriptedServer.Script = { _ in
            [
                .wait(gate),
                .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8)),
            ]
        }
        try await ServeSite.with(script: script) { site in
            let url = site.gateway + "/healthz"
            async let slow = HTTPCall.send("GET", url)
            _ = await site.upstream.requests(atLeast: 1)
            site.process.send(SIGTERM)
            try await site.process.text(with: "gateway stopping", in: .messages)
            gate.open()
            #expect(try await slow.status == 200)
            let ending = await site.process.ended()
            #expect(ending.code == 0, "\(ending.messages)")
            #expect(ending.messages.contains("gateway stopped"))
            await #expect(throws: RawClient.Failure.self) {
                _ = try await HTTPCall.send("GET", url)
            }
        }
    }

    @Test func `an address in use is 2 and named`() async throws {
        try await ServeSite.with { site in
            let address = site.gateway.dropFirst("http://".count)
            try site.folder.write(
                "second.yaml",
                ServeSite.configuration(
                    listen: String(address), logto: site.logto, upstream: site.upstream.url))
            let ending = try await ChildProcess.run(
                Gatehouse.path, ["serve", "--config", "second.yaml"], in: site.folder.path,
                environment: ["TEST_SECRET": "a-secret"])
            #expect(ending.code == 2)
            #expect(ending.output == "")
            #expect(ending.messages.contains("gatehouse: \(address) is in use\n  = help: "))
            #expect(try await site.status("GET", "/healthz") == 200)
        }
    }
}
