package import Documents
import Values

/// Runs the tests that stand beside policies: tables, cases and invariants.
///
/// A test is decided by the code that decides requests; nothing is imitated.
package enum PolicyTestRunner {
    /// Loads a rule set with its tests and runs them.
    ///
    /// - Parameter filter: runs only tests whose name or file holds this text; empty runs all.
    package static func run(
        _ files: [SourceFile],
        environment: PolicyEnvironment,
        filter: String = ""
    ) -> PolicyTestReport {
        let findings = Findings()
        let sources = PolicySources(files, includingTests: true, findings: findings)
        let snapshot = PolicyLoader.compile(sources, environment: environment, findings: findings)
        let people = TestPeople(sources, snapshot: snapshot, findings: findings)
        people.check(sources.tests)
        guard let snapshot, !findings.list.containsError else {
            return PolicyTestReport(diagnostics: findings.sorted, results: [], files: files)
        }
        var results: [PolicyTestResult] = []
        for document in sources.tests {
            var run = TestRun(document: document, snapshot: snapshot, people: people)
            run.runAll()
            results += run.results
        }
        if !filter.isEmpty {
            results.removeAll { !$0.name.contains(filter) && !$0.file.contains(filter) }
        }
        return PolicyTestReport(diagnostics: findings.sorted, results: results, files: files)
    }
}

/// Loads a rule set with its tests and fixtures, and reports everything that is wrong with them.
package enum PolicyCheck {
    /// The findings, sorted, and the rule set where none of them is an error.
    package static func check(
        _ files: [SourceFile],
        environment: PolicyEnvironment
    ) -> (snapshot: PolicySnapshot?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let sources = PolicySources(files, includingTests: true, findings: findings)
        let snapshot = PolicyLoader.compile(sources, environment: environment, findings: findings)
        let people = TestPeople(sources, snapshot: snapshot, findings: findings)
        people.check(sources.tests)
        let isGood = !findings.list.containsError
        return (isGood ? snapshot : nil, findings.sorted)
    }
}
