/// The requests of the demo: each shows one thing, and says what comes of it.
enum DevRequests {
    static func all(_ gateway: String, _ cast: DevCast) -> [DevPage.Request] {
        func bearer(_ person: String, _ token: String) -> (name: String, value: String) {
            ("Authorization", "Bearer \(cast.member(person).token(token))")
        }
        func request(
            _ title: String, _ path: String, method: String = "GET",
            as caller: (person: String, token: String)? = nil,
            headers: [(name: String, value: String)] = [], body: String? = nil, expect: Int
        ) -> DevPage.Request {
            var all = caller.map { [bearer($0.person, $0.token)] } ?? []
            all += headers
            if body != nil { all.append(("Content-Type", "application/json")) }
            return DevPage.Request(
                title: title, method: method, url: gateway + path, headers: all, body: body,
                expect: expect)
        }
        return [
            request("a public route needs no token", "/healthz", expect: 200),
            request(
                "Ann, a member, reads the projects of her organization", "/orgs/org_a/projects",
                as: ("ann", "acme"), expect: 200),
            request(
                "a spoofed identity never reaches the backend: look at its headers",
                "/orgs/org_a/projects", as: ("ann", "acme"),
                headers: [("Gatehouse-User", "root"), ("X_Acme_User", "root")], expect: 200),
            request(
                "Ann may not create one", "/orgs/org_a/projects", method: "POST",
                as: ("ann", "acme"),
                body: #"{"title":"Garden"}"#, expect: 403),
            request(
                "Adam, an admin, may", "/orgs/org_a/projects", method: "POST", as: ("adam", "acme"),
                body: #"{"title":"Garden"}"#, expect: 200),
            request(
                "Olga, the owner, deletes one", "/orgs/org_a/projects/p1", method: "DELETE",
                as: ("olga", "acme"), expect: 200),
            request("nobody gets in without a token", "/orgs/org_a/projects", expect: 401),
            request(
                "nor with a token that nobody signed", "/orgs/org_a/projects",
                headers: [
                    ("Authorization", "Bearer \(tampered(cast.member("olga").token("acme")))")
                ],
                expect: 401),
            request(
                "Zoe owns another organization: this one does not exist for her",
                "/orgs/org_a/projects", as: ("zoe", "globex"), expect: 404),
            request("there is no such route", "/nowhere", as: ("olga", "acme"), expect: 404),
            request(
                "a path with two readings is refused, not repaired", "/orgs//projects",
                as: ("ann", "acme"), expect: 400),
            request(
                "Sue, from support, looks into a customer's organization",
                "/support/orgs/org_b/summary", as: ("sue", "staff"), expect: 200),
            request(
                "a machine reads projects", "/orgs/org_a/projects", as: ("robot", "acme"),
                expect: 200),
            request(
                "and pays nothing", "/billing/invoices/i1/payments", method: "POST",
                as: ("robot", "acme"),
                body: #"{"amount_cents":100}"#, expect: 403),
            request(
                "Olga reads the invoices of her other organization: the token says which",
                "/billing/invoices", as: ("olga", "globex"), expect: 200),
            request(
                "the organization in a header", "/audit/events", as: ("olga", "acme"),
                headers: [("X-Organization", "org_a")], expect: 200),
            request(
                "Ann starts an organization of her own: Gatehouse calls Logto twice for it",
                "/organizations", method: "POST", as: ("ann", "api"),
                body: #"{"name":"Ann and friends"}"#,
                expect: 201),
            request("and finds it in her list", "/organizations", as: ("ann", "api"), expect: 200),
        ]
    }

    /// The token with another last character but one in its signature.
    private static func tampered(_ token: String) -> String {
        guard token.count > 10 else { return token }
        let at = token.index(token.endIndex, offsetBy: -8)
        var changed = token
        changed.replaceSubrange(at...at, with: token[at] == "A" ? "B" : "A")
        return changed
    }
}
