import Documents
import PolicyEngine
import Testing

@Suite struct PolicyTestRunnerTests {
    private let people = """
        gatehouse: 1
        kind: fixtures
        principals:
          ann: {id: u_ann, organization: org_a, roles: [member]}
          robot: {kind: machine, organization: org_a, permissions: [read]}
          nobody: {anonymous: true}

        """
    private let policy = """
        routes:
          - {id: list, match: "GET /orgs/{org}/items", allow: read}
          - {id: make, match: "POST /orgs/{org}/items", allow: write}

        """

    private func run(_ tests: String, filter: String = "") -> PolicyTestReport {
        let head =
            "gatehouse: 1\nkind: tests\npolicy: sample.yaml\nfixtures: [../fixtures/people.yaml]\n"
        let files = PolicyFixture.files(
            PolicyFixture.head + policy,
            more: ["fixtures/people.yaml": people, "routes/sample.test.yaml": head + tests])
        return PolicyTestRunner.run(
            files, environment: PolicyFixture.environment, filter: filter)
    }

    @Test func `a failing row prints the explanation of its decision`() {
        let report = run(
            """
            tables:
              - name: Reading
                as: [ann, nobody]
                rows:
                  GET /orgs/org_a/items: [deny, 403]

            """)
        #expect(report.diagnostics.isEmpty)
        #expect(report.results.count == 2)
        #expect(!report.passed)
        let text = report.text
        #expect(text.contains("FAILED  Reading: GET /orgs/org_a/items as ann"))
        #expect(text.contains("routes/sample.test.yaml:9"))
        #expect(text.contains("  expected deny, decided allow\n"))
        #expect(text.contains("    ALLOW by list/1"))
        #expect(text.contains("  expected 403, decided 401 unauthenticated\n"))
        #expect(text.hasSuffix("2 checks, 2 failed\n"))
    }

    @Test func `a case checks reason, rule, headers and shadow`() {
        let report = run(
            """
            cases:
              - name: All wrong
                as: ann
                request: GET /orgs/org_a/items
                expect: allow
                because: other
                reason: denied
                shadow: deny
                headers: {Gatehouse-User: u_bob, Gatehouse-Client: null, X-None: null}

            """)
        #expect(
            report.results.first?.failures == [
                "because: expected other, decided by list/1",
                "reason: expected denied, is none",
                "shadow: expected deny, shadow rules would change nothing",
                "header Gatehouse-User: expected `u_bob`, is `u_ann`",
                "header Gatehouse-Client: expected none, is `test-client`",
            ])
    }

    @Test func `a case may change who asks`() {
        let report = run(
            """
            cases:
              - {name: a, as: ann, request: POST /orgs/org_a/items, expect: deny}
              - {name: b, as: ann, with: {permissions: [write]}, request: POST /orgs/org_a/items, expect: allow}
              - {name: c, as: ann, with: {roles: [editor]}, request: POST /orgs/org_a/items, expect: allow}
              - {name: d, as: ann, with: {organization: org_b}, request: GET /orgs/org_a/items, expect: 404}
              - {name: e, as: robot, request: GET /orgs/org_a/items, expect: deny}
              - {name: f, as: robot, with: {kind: user}, request: GET /orgs/org_a/items, expect: allow}

            """)
        #expect(report.passed, "\(report.text)")
        #expect(report.results.count == 6)
    }

    @Test func `an invariant is tried with every person and organization`() {
        let held = run(
            "invariants: [{name: Nobody deletes, never: allow, request: 'DELETE /orgs/{org}/items'}]\n"
        )
        #expect(held.passed, "\(held.text)")
        let broken = run(
            "invariants: [{name: Nobody reads, never: allow, request: 'GET /orgs/{org}/items'}]\n")
        #expect(!broken.passed)
        #expect(broken.text.contains("ann may GET /orgs/org_a/items"))
        #expect(broken.text.contains("ALLOW by list/1"))
        let always = run("invariants: [{name: Closed, never: allow}]\n")
        #expect(!always.passed)
    }

    @Test func `tests that cannot be read are findings, and nothing runs`() {
        let report = run(
            """
            cases:
              - {name: a, as: anne, request: GET /orgs/org_a/items, expect: allow}
              - {name: b, as: ann, request: GET /orgs/../items, expect: allow}
              - {name: c, as: ann, request: GET /orgs/org_a/items, expect: maybe, body: {a: 1}}
            invariants:
              - {name: d, never: allow, when: "true"}

            """)
        #expect(!report.passed && report.results.isEmpty)
        #expect(
            report.diagnostics.map(\.code) == [
                "unknown-person", "wrong-value", "wrong-value", "not-supported-yet",
                "not-supported-yet",
            ])
    }

    @Test func `a filter runs the tests whose name holds it`() {
        let report = run(
            """
            cases:
              - {name: one, as: ann, request: GET /orgs/org_a/items, expect: deny}
              - {name: two, as: ann, request: GET /orgs/org_a/items, expect: allow}

            """, filter: "two")
        #expect(report.results.map(\.name) == ["two"])
        #expect(report.passed)
    }

    @Test func `a broken test keeps nobody from serving`() throws {
        let files = PolicyFixture.files(
            PolicyFixture.head + policy,
            more: [
                "routes/sample.test.yaml": "gatehouse: 1\nkind: tests\nno: [",
                "f.yaml": people + "x: 1\n",
            ])
        let loaded = PolicyLoader.load(files, environment: PolicyFixture.environment)
        #expect(loaded.snapshot != nil)
        #expect(loaded.diagnostics.isEmpty)
        let checked = PolicyCheck.check(files, environment: PolicyFixture.environment)
        #expect(checked.snapshot == nil)
        #expect(checked.diagnostics.count >= 2)
    }
}
