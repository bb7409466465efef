import Documents
import PolicyEngine
import System
import Values

/// `gatehouse explain`: one decision, step by step.
enum ExplainCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "explain",
            summary: "Explain one decision step by step: --as PERSON 'METHOD /path'",
            operands: "'METHOD /path'",
            operandCount: 1...1,
            options: [
                .init(
                    name: "as", value: "PERSON",
                    help: "a person of the fixtures (default: nobody, no token)"),
                .init(
                    name: "policies", value: "DIR",
                    help: "the folder of the rule files (default policies)"),
                .init(
                    name: "header", value: "NAME:VALUE",
                    help: "a header of the request; may be repeated",
                    repeats: true),
                .init(
                    name: "host", value: "HOST", help: "the host of the request (default localhost)"
                ),
            ] + PolicySource.options,
            notes: """
                Example: gatehouse explain --as ann 'DELETE /orgs/org_a/projects/p1'
                Exit codes: 0 allowed, 1 denied, 2 could not be judged.
                """),
        run: { run($0) })

    private static func run(_ options: ParsedOptions) -> ExitCode {
        guard let wantsJSON = PolicySource.wantsJSON(options) else {
            return PolicySource.unknownFormat("explain", options)
        }
        do {
            let question = try question(options)
            let source = try PolicySource(options.withoutOperands)
            let (snapshot, found) = PolicyLoader.load(source.files, environment: source.environment)
            guard let snapshot else {
                StandardStream.error.write(DiagnosticRenderer(files: source.allFiles).text(found))
                return .failure
            }
            let explainer = PolicyExplainer(snapshot)
            let caller = try caller(options, source, snapshot, explainer.route(for: question))
            let explanation = explainer.explain(
                question, as: caller.principal, called: caller.name)
            let locate = PolicyExplanation.locator(source.files)
            StandardStream.output.write(
                wantsJSON
                    ? JSONWriter.write(explanation.json(locate: locate)) + [UInt8(ascii: "\n")]
                    : Array(explanation.text(locate: locate).utf8))
            return explanation.isAllowed ? .success : .no
        } catch {
            return Failure.report("explain", error.message)
        }
    }

    private static func question(_ options: ParsedOptions) throws(PolicySource.Unreadable)
        -> PolicyQuestion
    {
        let line = options.operands.first ?? ""
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2, let method = HTTPMethod(token: words[0]), words[1].hasPrefix("/")
        else {
            throw PolicySource.Unreadable(message: "`\(line)` is no request: write 'METHOD /path'")
        }
        let path = String(words[1].prefix { $0 != "?" })
        do {
            try PathNormalForm.check(Array(path.utf8).span)
        } catch {
            throw PolicySource.Unreadable(
                message: "the gateway answers 400 to `\(path)`: \(error.rawValue)")
        }
        var headers = HeaderList()
        for text in options.all("header") {
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
                throw PolicySource.Unreadable(message: "`\(text)` is no header: write NAME:VALUE")
            }
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            headers.append(String(text[..<colon]), String(value))
        }
        return PolicyQuestion(
            method: method, path: path, host: options["host"] ?? "localhost", headers: headers)
    }

    private static func caller(
        _ options: ParsedOptions, _ source: PolicySource, _ snapshot: PolicySnapshot,
        _ route: RouteFacts?
    ) throws(PolicySource.Unreadable) -> PolicyFixtures.Caller {
        guard let name = options["as"] else {
            return PolicyFixtures.Caller(name: "nobody", principal: nil)
        }
        let (fixtures, found) = PolicyFixtures.read(source.files, for: snapshot)
        guard let fixtures else {
            throw PolicySource.Unreadable(
                message: "the fixtures have errors:\n"
                    + DiagnosticRenderer(files: source.allFiles).text(found))
        }
        guard let caller = fixtures.caller(name, on: route) else {
            let names = fixtures.names
            let near = Suggestion.nearest(to: name, among: names).map { ": did you mean `\($0)`?" }
            throw PolicySource.Unreadable(
                message: "no fixtures know `\(name)`"
                    + (near ?? "; they know \(names.joined(separator: ", "))"))
        }
        return caller
    }
}
