package import Documents

/// What one check of a policy test gave.
package struct PolicyTestResult: Sendable {
    /// The file of the test.
    package let file: String
    /// The name of the table, case or invariant; for a table with the request and the person.
    package let name: String
    /// Where the test is written.
    package let span: SourceSpan
    /// What is wrong; empty where the test passes.
    package let failures: [String]
    /// The explanation of the decision; nil where the test passes or nothing was decided.
    package let explanation: PolicyExplanation?

    /// Whether the test passes.
    package var passed: Bool { failures.isEmpty }
}

/// What a run of policy tests gave.
package struct PolicyTestReport: Sendable {
    /// What is wrong with the rule set or the tests; with errors nothing was run.
    package let diagnostics: [Diagnostic]
    /// The results in the order of files and of the tests in them.
    package let results: [PolicyTestResult]
    private let files: [SourceFile]

    init(diagnostics: [Diagnostic], results: [PolicyTestResult], files: [SourceFile]) {
        self.diagnostics = diagnostics
        self.results = results
        self.files = files
    }

    /// Whether the tests could run and all of them pass.
    package var passed: Bool { !diagnostics.containsError && results.allSatisfy(\.passed) }

    /// The report for people: each failure with the explanation of its decision, then the count.
    package var text: String {
        let locate = PolicyExplanation.locator(files)
        var text = ""
        for result in results where !result.passed {
            text += "FAILED  \(result.name)\n        \(locate(result.span))\n"
            for failure in result.failures { text += "  \(failure)\n" }
            if let explanation = result.explanation {
                let lines = explanation.text(locate: locate).split(separator: "\n")
                text += lines.map { "    \($0)\n" }.joined()
            }
            text += "\n"
        }
        let failed = results.count { !$0.passed }
        let checks = results.count == 1 ? "1 check" : "\(results.count) checks"
        return text + (failed == 0 ? "\(checks) passed\n" : "\(checks), \(failed) failed\n")
    }

    /// The report as a JSON value.
    package var json: JSONValue {
        let locate = PolicyExplanation.locator(files)
        return .object(
            JSONObject([
                ("passed", .bool(passed)),
                ("checks", .integer(Int64(results.count))),
                ("failed", .integer(Int64(results.count { !$0.passed }))),
                (
                    "results",
                    .array(
                        results.map { result in
                            .object(
                                JSONObject([
                                    ("name", .string(result.name)),
                                    ("file", .string(result.file)),
                                    ("at", .string(locate(result.span))),
                                    ("passed", .bool(result.passed)),
                                    ("failures", .array(result.failures.map { .string($0) })),
                                    (
                                        "explanation",
                                        result.explanation?.json(locate: locate) ?? .null
                                    ),
                                ]))
                        })
                ),
            ]))
    }
}
