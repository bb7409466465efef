import Documents
import PolicyEngine
import System

/// `gatehouse test`: the tests that stand beside the policies.
enum TestCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "test",
            summary: "Run the tests that stand beside the policies: tables, cases, invariants",
            operands: "[DIR]",
            operandCount: 0...1,
            options: PolicySource.options + [
                .init(
                    name: "filter", value: "TEXT",
                    help: "run only tests whose name or file holds TEXT")
            ],
            notes: """
                DIR is the folder of the rule files (default policies). A failing test prints the decision step
                by step, as `gatehouse explain` does. Decisions are made by the code that serves.
                Exit codes: 0 all passed, 1 a test failed or a file has errors, 2 could not read the files.
                """),
        run: { run($0) })

    private static func run(_ options: ParsedOptions) -> ExitCode {
        guard let wantsJSON = PolicySource.wantsJSON(options) else {
            return PolicySource.unknownFormat("test", options)
        }
        let source: PolicySource
        do {
            source = try PolicySource(options)
        } catch {
            return Failure.report("test", error.message)
        }
        let filter = options["filter"] ?? ""
        let report = PolicyTestRunner.run(
            source.files, environment: source.environment, filter: filter)
        StandardStream.error.write(
            DiagnosticRenderer(files: source.allFiles).text(report.diagnostics))
        let isBroken = report.diagnostics.containsError
        if !isBroken, report.results.isEmpty, !filter.isEmpty {
            return Failure.report("test", "no test matches `\(filter)`")
        }
        if wantsJSON {
            StandardStream.output.write(JSONWriter.write(report.json) + [UInt8(ascii: "\n")])
        } else {
            StandardStream.output.write(
                isBroken ? "no test was run: the files have errors\n" : report.text)
        }
        return report.passed ? .success : .no
    }
}
