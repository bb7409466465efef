import Documents
import PolicyEngine
import Testing
import Values

@Suite struct PolicyExplanationTests {
    /// The explanation of a request with the shipped policies.
    private func explain(
        _ line: String,
        as person: PrincipalFacts?,
        headers: HeaderList = HeaderList()
    ) throws -> (text: String, explanation: PolicyExplanation) {
        let files = try PolicyFixture.shipped()
        let loaded = PolicyLoader.load(files, environment: PolicyFixture.environment).snapshot
        let snapshot = try #require(loaded)
        let parts = line.split(separator: " ").map(String.init)
        let explanation = PolicyExplainer(snapshot).explain(
            PolicyQuestion(
                method: HTTPMethod(token: parts[0]) ?? .get, path: parts[1], headers: headers),
            as: person.map(snapshot.principal), called: person?.id.text ?? "nobody")
        let text = explanation.text(locate: PolicyExplanation.locator(files))
        return (text.replacing(snapshot.hash.prefix(19), with: "sha256:…"), explanation)
    }

    private func person(
        _ id: String,
        in organization: String?,
        _ scopes: [String],
        kind: PrincipalFacts.Kind = .user
    ) -> PrincipalFacts {
        PrincipalFacts(
            id: UserID(id), organization: organization.map { OrganizationID($0) }, kind: kind,
            client: ClientID("app"), isFirstParty: true,
            audience: organization == nil ? "https://api.example.test" : nil, scopes: scopes,
            roles: nil)
    }

    @Test func `a missing permission is named with the least role that has it`() throws {
        let ann = person("ann", in: "org_a", ["read:projects"])
        let found = try explain("DELETE /orgs/org_a/projects/p1", as: ann)
        #expect(
            found.text == """
                DENY 403 not-permitted                                     policy sha256:……
                route  project-delete    routes/projects.yaml:40  DELETE /orgs/{org}/projects/{project}
                wall                     path.org = org_a = principal.organization                     passed
                allow  project-delete/1  permission delete:projects                                    MISSING (ann has read:projects)
                to be allowed: delete:projects (role owner)
                status set by: defaults.deny_status

                """)
    }

    @Test func `the wall stops before any rule is asked`() throws {
        let ann = person("ann", in: "org_a", ["read:projects"])
        let found = try explain("GET /orgs/org_b/projects", as: ann)
        #expect(
            found.text == """
                DENY 404 other-organization                                policy sha256:……
                route  projects-list  routes/projects.yaml:22  GET /orgs/{org}/projects
                wall                  path.org = org_b, principal.organization = org_a   FOREIGN
                to be allowed: a token of the organization that the request names
                status set by: defaults.hide_other_organizations

                """)
    }

    @Test func `an allow says which rule granted`() throws {
        let ann = person("ann", in: "org_a", ["read:projects"])
        let found = try explain("GET /orgs/org_a/projects", as: ann)
        #expect(found.explanation.isAllowed)
        #expect(found.explanation.because == "projects-list/1")
        #expect(found.text.hasPrefix("ALLOW by projects-list/1 "))
        #expect(found.explanation.lines.last?.finding == "grants")
    }

    @Test func `a deny rule is named with its reason`() throws {
        let robot = person("robot", in: "org_a", ["pay:invoices"], kind: .machine)
        let found = try explain("POST /billing/invoices/i1/payments", as: robot)
        #expect(
            found.text == """
                DENY 403 denied                                            policy sha256:……
                route  invoice-pay         routes/billing.yaml:25  POST /billing/invoices/{invoice}/payments
                wall                       token = org_a                                                 passed
                deny   machines-only-read  kind machine                                                  DENIES
                because: Programs read invoices and never pay them
                status set by: defaults.deny_status

                """)
    }

    @Test func `a shadow rule says what it would change`() throws {
        let adam = person("adam", in: "org_a", ["read:invoices"])
        let found = try explain("POST /billing/invoices/i1/payments", as: adam)
        #expect(found.explanation.shadow?.outcome == "allow")
        #expect(found.text.contains("shadow  pay-as-admin"))
        #expect(found.text.contains("grants (shadow)"))
    }

    @Test func `every other refusal names what is missing`() throws {
        let nobody = try explain("GET /orgs/org_a/projects", as: nil)
        #expect(nobody.explanation.needed == ["a token"])
        let global = try explain("GET /orgs/org_a/projects", as: person("eve", in: nil, []))
        #expect(global.explanation.needed == ["a token that names the organization"])
        let headless = try explain("GET /audit/x", as: person("olga", in: "org_a", ["read:audit"]))
        #expect(
            headless.explanation.needed == ["header.x-organization with an organization id"])
        let unmatched = try explain("PUT /nowhere", as: nil)
        #expect(unmatched.text.contains("no route matches method, host and path"))
        let crossing = try explain(
            "GET /support/orgs/org_b/summary",
            as: person("olga", in: "org_a", ["support:access"]))
        #expect(crossing.text.contains("FOREIGN, only support-access may cross"))
        #expect(crossing.text.contains("MISSING (not an organization that may cross)"))
    }

    @Test func `the JSON form carries the same`() throws {
        let ann = person("ann", in: "org_a", ["read:projects"])
        let files = try PolicyFixture.shipped()
        let found = try explain("DELETE /orgs/org_a/projects/p1", as: ann)
        let json = found.explanation.json(locate: PolicyExplanation.locator(files)).objectValue
        #expect(json?["decision"]?.stringValue == "deny")
        #expect(json?["status"]?.integerValue == 403)
        #expect(json?["reason"]?.stringValue == "not-permitted")
        #expect(json?["because"]?.isNull ?? false)
        let steps = json?["steps"]?.arrayValue ?? []
        #expect(
            steps.compactMap { $0.objectValue?["stage"]?.stringValue } == [
                "route", "wall", "allow",
            ])
        #expect(steps.first?.objectValue?["at"]?.stringValue == "routes/projects.yaml:40")
    }
}
