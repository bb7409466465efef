package import Documents
import Values

/// The people of the fixtures, for questions that name one: `explain --as PERSON`.
package struct PolicyFixtures {
    /// Somebody who can be asked about.
    package struct Caller {
        /// The name in the fixtures.
        package let name: String
        /// The compiled caller; nil for somebody without a token.
        package let principal: Principal?

        /// A caller by its parts.
        package init(name: String, principal: Principal?) {
            self.name = name
            self.principal = principal
        }
    }

    private let snapshot: PolicySnapshot
    private let people: TestPeople
    private let persons: [FixturesDocument.Person]

    /// The people of these files, for a rule set that was loaded from them.
    ///
    /// - Returns: nil with what is wrong where a fixtures file cannot be read.
    package static func read(
        _ files: [SourceFile], for snapshot: PolicySnapshot
    ) -> (fixtures: PolicyFixtures?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let sources = PolicySources(files, includingTests: true, findings: findings)
        let people = TestPeople(sources, snapshot: snapshot, findings: findings)
        guard !findings.list.containsError else { return (nil, findings.sorted) }
        let fixtures = PolicyFixtures(
            snapshot: snapshot, people: people, persons: sources.fixtures.flatMap(\.people))
        return (fixtures, [])
    }

    /// The names of everybody, sorted, each once.
    package var names: [String] {
        Set(persons.map { ExactText($0.name.value) }).sorted().map(\.text)
    }

    /// The first person of that name, with the token that fits the route.
    package func caller(_ name: String, on route: RouteFacts?) -> Caller? {
        guard let person = persons.first(where: { $0.name.value.isExactly(name) }) else {
            return nil
        }
        return Caller(
            name: name, principal: people.caller(person, with: nil, route: route).principal)
    }
}
