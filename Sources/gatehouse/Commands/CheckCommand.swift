import Documents
import Gateway
import PolicyEngine
import System

/// `gatehouse check`: everything that is wrong with rule files and configuration, at its line.
enum CheckCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "check",
            summary: "Load, link and lint the rule files and the configuration",
            operands: "[DIR]",
            operandCount: 0...1,
            options: PolicySource.options,
            notes: """
                DIR is the folder of the rule files (default policies). Tests and fixtures are checked, too.
                All findings of a run are printed at once. Every code is explained in docs/diagnostics.md.
                Exit codes: 0 no errors (warnings may be printed), 1 errors, 2 could not read the files.
                """),
        run: { run($0) })

    private static func run(_ options: ParsedOptions) -> ExitCode {
        guard let wantsJSON = PolicySource.wantsJSON(options) else {
            return PolicySource.unknownFormat("check", options)
        }
        let source: PolicySource
        do {
            source = try PolicySource(options)
        } catch {
            return Failure.report("check", error.message)
        }
        var (snapshot, found) = PolicyCheck.check(source.files, environment: source.environment)
        if snapshot != nil {
            // The clash with built-in routes is looked for by the code that also starts the gateway.
            let (_, all) = PolicyReloader.load(source.files, source.environment, source.routes)
            found += all.filter { finding in !found.contains(finding) }
        }
        found += source.configurationFindings
        if found.containsError { snapshot = nil }
        let renderer = DiagnosticRenderer(files: source.allFiles)
        if wantsJSON {
            StandardStream.output.write(renderer.json(found) + "\n")
        } else {
            StandardStream.output.write(renderer.text(found))
            let summary = renderer.summary(found)
            let good = snapshot.map {
                "\(source.folder): \($0.routes.count) routes, \($0.rules.count) rules, \($0.hash.prefix(19))…"
            }
            let parts = [good ?? "\(source.folder): not usable", summary].filter { !$0.isEmpty }
            StandardStream.output.write(
                (found.isEmpty ? "" : "\n") + parts.joined(separator: "; ") + "\n")
        }
        return snapshot == nil ? .no : .success
    }
}
