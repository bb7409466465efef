import Documents
import Values

/// The people of the fixtures, as callers.
struct TestPeople {
    /// A caller of a test; the principal is nil for somebody without a token.
    struct Caller {
        let name: String
        let principal: Principal?
    }

    private let fixtures: [FixturesDocument]
    private let policies: [RouteDocument]
    private let snapshot: PolicySnapshot?
    private let findings: Findings

    init(_ sources: PolicySources, snapshot: PolicySnapshot?, findings: Findings) {
        fixtures = sources.fixtures
        policies = sources.policies
        self.snapshot = snapshot
        self.findings = findings
    }

    /// Reports names in tests that nothing declares.
    func check(_ tests: [TestsDocument]) {
        for document in fixtures { checkNames(document) }
        for document in tests {
            let people = people(of: document)
            let known = people.map(\.name.value)
            checkFiles(document)
            for name in document.tables.flatMap(\.people) + document.cases.compactMap(\.person)
            where !known.contains(where: name.value.isExactly) {
                findings.unknown(
                    .unknownPerson, "person", name, among: known, of: "principals of its fixtures")
            }
            for test in document.cases { test.with.map(check) }
        }
    }

    private func checkNames(_ document: FixturesDocument) {
        for person in document.people { check(person) }
    }

    private func check(_ person: FixturesDocument.Person) {
        guard let vocabulary = snapshot?.vocabulary else { return }
        for role in person.roles ?? [] where vocabulary.role(role.value) == nil {
            findings.unknown(
                .unknownRole, "role", role, among: vocabulary.roles.map(\.name),
                of: "roles of the vocabulary")
        }
        for permission in person.permissions ?? []
        where vocabulary.permission(permission.value) == nil {
            findings.unknown(
                .unknownPermission, "permission", permission, among: vocabulary.permissions,
                of: "permissions of the vocabulary")
        }
    }

    private func checkFiles(_ document: TestsDocument) {
        let folder = GlobPattern.folder(of: document.path)
        if let policy = document.policy {
            let path = GlobPattern.resolve(policy.value, from: folder)
            if !policies.contains(where: { path?.isExactly($0.path) ?? false }) {
                findings.error(
                    .fileNotFound, "there is no policy `\(policy.value)`", at: policy.span,
                    help: "the path is relative to the folder of the test")
            }
        }
        for fixture in document.fixtures {
            let path = GlobPattern.resolve(fixture.value, from: folder)
            if !fixtures.contains(where: { path?.isExactly($0.path) ?? false }) {
                findings.error(
                    .fileNotFound, "there is no fixtures file `\(fixture.value)`", at: fixture.span,
                    help: "the path is relative to the folder of the test")
            }
        }
    }

    /// The people that a tests file knows.
    func people(of document: TestsDocument) -> [FixturesDocument.Person] {
        let folder = GlobPattern.folder(of: document.path)
        let paths = document.fixtures.compactMap { GlobPattern.resolve($0.value, from: folder) }
        return fixtures.filter { fixture in paths.contains { $0.isExactly(fixture.path) } }
            .flatMap(\.people)
    }

    /// A person as a caller of a route.
    ///
    /// Who is in an organization comes with an organization token where the route takes one, else with
    /// an API token of the route's audience that names the organization.
    func caller(
        _ person: FixturesDocument.Person,
        with change: FixturesDocument.Person?,
        route: RouteFacts?
    ) -> Caller {
        let name = person.name.value
        guard let snapshot, !person.isAnonymous else { return Caller(name: name, principal: nil) }
        let organization = (change?.organization ?? person.organization)?.value
        let audience: String? =
            organization != nil && route?.takesOrganizationTokens ?? true
            ? nil : route?.audience ?? snapshot.environment.audiences.first
        let roles = (change?.roles ?? person.roles)?.map(\.value)
        let ownPermissions = change?.roles == nil ? person.permissions : nil
        let permissions = (change?.permissions ?? ownPermissions)?.map(\.value)
        let vocabulary = snapshot.vocabulary
        var implied = NameBits()
        for role in (roles ?? []).compactMap(vocabulary.role) {
            implied.formUnion(vocabulary.roles[role].permissions)
        }
        let id = (change?.id ?? person.id)?.value ?? name
        let facts = PrincipalFacts(
            id: UserID(id),
            organization: organization.map { OrganizationID($0) },
            kind: change?.kind ?? person.kind ?? .user,
            client: ClientID("test-client"),
            isFirstParty: true,
            audience: audience,
            scopes: permissions ?? vocabulary.names(ofPermissions: implied),
            roles: snapshot.environment.rolesKnown ? roles : nil
        )
        return Caller(name: name, principal: snapshot.principal(facts))
    }
}
