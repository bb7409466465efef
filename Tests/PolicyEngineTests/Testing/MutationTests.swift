import Documents
import PolicyEngine
import Testing

/// Changes of the shipped policies that an author could make by mistake. Each must be refused or make
/// the shipped tests fail; tests that notice nothing guard nothing.
@Suite struct MutationTests {
    struct Mutation: Sendable, CustomStringConvertible {
        let file: String
        let from: String
        let to: String
        var description: String { "\(file): \(from) -> \(to)" }
    }

    static let mutations: [Mutation] = [
        // The wall goes.
        Mutation(
            file: "routes/projects.yaml", from: "organization: path.org", to: "organization: token"),
        Mutation(
            file: "routes/billing.yaml", from: "organization: header.x-organization",
            to: "organization: token"),
        Mutation(file: "project.yaml", from: "from: [org_acme]", to: "from: [org_acme, org_a]"),
        Mutation(file: "project.yaml", from: "from: [org_acme]", to: "from: [org_b]"),
        Mutation(
            file: "project.yaml", from: "hide_other_organizations: true",
            to: "hide_other_organizations: false"),
        // Rules widen.
        Mutation(
            file: "routes/projects.yaml", from: "permission: delete:projects",
            to: "permission: write:projects"),
        Mutation(
            file: "routes/projects.yaml",
            from: "POST /orgs/{org}/projects\n    allow: write:projects",
            to: "POST /orgs/{org}/projects\n    allow: members"),
        Mutation(file: "routes/projects.yaml", from: "DELETE /orgs", to: "PUT,DELETE /orgs"),
        Mutation(
            file: "routes/projects.yaml", from: "authenticated: true\n        kind: any",
            to: "public: true"),
        Mutation(file: "routes/billing.yaml", from: "kind: machine", to: "kind: user"),
        Mutation(
            file: "routes/billing.yaml", from: "methods: [POST, PUT, PATCH, DELETE]",
            to: "methods: [PUT, PATCH, DELETE]"),
        Mutation(file: "routes/billing.yaml", from: "        mode: shadow\n", to: ""),
        Mutation(
            file: "routes/billing.yaml", from: "all: [read:invoices, read:audit]",
            to: "all: [read:invoices]"),
        Mutation(file: "vocabulary.yaml", from: "extends: admin", to: "extends: member"),
        Mutation(
            file: "vocabulary.yaml", from: "permissions: [write:projects, read:invoices]",
            to: "permissions: [write:projects, read:invoices, delete:projects]"),
        // Rules narrow.
        Mutation(file: "routes/projects.yaml", from: "allow: public", to: "allow: authenticated"),
        Mutation(
            file: "routes/projects.yaml", from: "permission: read:projects\n        kind: any",
            to: "permission: read:projects"),
        Mutation(
            file: "routes/billing.yaml", from: "GET /billing/export/**",
            to: "GET /billing/exports/**"),
        // Headers change.
        Mutation(
            file: "routes/projects.yaml", from: "X-Acme-User: ${principal.id}",
            to: "X-Acme-User: ${principal.client}"),
        Mutation(
            file: "routes/projects.yaml", from: "X-Acme-Organization: ${org.id}",
            to: "X-Acme-Organization: ${principal.organization}"),
        Mutation(
            file: "routes/projects.yaml", from: "remove: [Cookie]",
            to: "remove: [Cookie]\n    keep: [Authorization]"),
        // Names go wrong.
        Mutation(
            file: "routes/projects.yaml", from: "allow: read:projects", to: "allow: read:project"),
        Mutation(file: "routes/billing.yaml", from: "upstream: billing", to: "upstream: bill"),
        Mutation(
            file: "routes/projects.yaml", from: "crosses_organizations", to: "crosses_organisations"
        ),
    ]

    @Test(arguments: mutations)
    func `a mistake in the shipped policies is noticed`(_ mutation: Mutation) throws {
        let shipped = try PolicyFixture.shipped()
        let mutated = shipped.map { file in
            guard file.path == mutation.file else { return file }
            let text = String(decoding: file.bytes, as: UTF8.self)
            return SourceFile(
                path: file.path,
                text: text.replacing(mutation.from, with: mutation.to, maxReplacements: 1))
        }
        #expect(mutated != shipped, "the mutation changes nothing")
        let report = PolicyTestRunner.run(mutated, environment: PolicyFixture.environment)
        #expect(!report.passed, "survived: \(mutation)")
    }

    @Test func `without the wall many of the shipped tests fail`() throws {
        let shipped = try PolicyFixture.shipped()
        let open = shipped.map { file in
            SourceFile(
                path: file.path,
                text: String(decoding: file.bytes, as: UTF8.self)
                    .replacing("organization: path.org", with: "organization: token"))
        }
        let report = PolicyTestRunner.run(open, environment: PolicyFixture.environment)
        // The crossing rule cannot stand without it: the set is refused.
        #expect(report.diagnostics.contains { $0.code == "crossing-impossible" })
        #expect(!report.passed)
    }
}
