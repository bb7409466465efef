import Documents
import Values

/// One run of the tests of a file.
struct TestRun {
    private let document: TestsDocument
    private let snapshot: PolicySnapshot
    private let people: TestPeople
    private let known: [FixturesDocument.Person]
    private let explainer: PolicyExplainer
    private(set) var results: [PolicyTestResult] = []

    init(document: TestsDocument, snapshot: PolicySnapshot, people: TestPeople) {
        self.document = document
        self.snapshot = snapshot
        self.people = people
        known = people.people(of: document)
        explainer = PolicyExplainer(snapshot)
    }

    /// Runs tables, cases and invariants.
    mutating func runAll() {
        for table in document.tables { run(table) }
        for test in document.cases { run(test) }
        for invariant in document.invariants { run(invariant) }
    }

    private mutating func run(_ table: TestsDocument.Table) {
        for row in table.rows {
            for (name, expected) in zip(table.people, row.expectations) {
                guard let person = person(name.value) else { continue }
                let question = question(row.request)
                let caller = caller(person, nil, question)
                let answer = explainer.decide(question, as: caller.principal)
                add(
                    "\(table.name): \(row.request.line) as \(name.value)", expected.span,
                    failures(answer, expected.value), question, caller)
            }
        }
    }

    private mutating func run(_ test: TestsDocument.Case) {
        guard let request = test.request, let name = test.person, let person = person(name.value)
        else { return }
        let question = question(request)
        let caller = caller(person, test.with, question)
        let answer = explainer.decide(question, as: caller.principal)
        var failures = test.expect.map { self.failures(answer, $0.value) } ?? []
        if let because = test.because {
            let actual = snapshot.because(answer.decision)?.id
            if !(actual?.isExactly(because.value) ?? false) {
                failures.append(
                    "because: expected \(because.value), decided by \(actual ?? "no rule")")
            }
        }
        if let reason = test.reason {
            let actual = answer.decision.reason?.code ?? "none"
            if !actual.isExactly(reason.value) {
                failures.append("reason: expected \(reason.value), is \(actual)")
            }
        }
        if let shadow = test.shadow, !shadowFits(answer.decision, shadow.value) {
            failures.append(
                "shadow: expected \(shadow.value.text), shadow rules would \(shadowText(answer.decision))"
            )
        }
        failures += headerFailures(test, answer)
        add(test.name, test.expect?.span ?? test.span, failures, question, caller)
    }

    /// Tries every route with every person, in their own organization, in two others, and spelt so that no
    /// literal of a more specific route is hit.
    private mutating func run(_ invariant: TestsDocument.Invariant) {
        var failures: [String] = []
        var counterexample: (PolicyQuestion, TestPeople.Caller)?
        for sample in samples(invariant.pattern?.value) {
            for person in known {
                let caller = caller(person, nil, sample)
                let answer = explainer.decide(sample, as: caller.principal)
                guard answer.decision.isAllowed, failures.count < 5 else { continue }
                failures.append("\(person.name.value) may \(sample.method) \(sample.path)")
                if counterexample == nil { counterexample = (sample, caller) }
            }
        }
        let explanation = counterexample.map { question, caller in
            explainer.explain(question, as: caller.principal, called: caller.name)
        }
        results.append(
            PolicyTestResult(
                file: document.path, name: invariant.name, span: invariant.span,
                failures: failures, explanation: explanation))
    }

    /// Requests that the routes cover, limited to those that the pattern of an invariant covers.
    private func samples(_ wanted: RoutePattern?) -> [PolicyQuestion] {
        var questions: [PolicyQuestion] = []
        let organizations =
            Set(known.compactMap { $0.organization?.value } + ["org_other"]).sorted()
        for route in snapshot.routes {
            for pattern in wanted.map({ [$0] }) ?? route.patterns {
                for organization in organizations {
                    let path = pattern.segments.map { segment in
                        switch segment {
                        case .literal(let text): "/\(text)"
                        case .parameter(let name):
                            route.organization == .path(name) ? "/\(organization)" : "/x1"
                        case .rest: "/x1/x2"
                        }
                    }.joined()
                    let methods: [HTTPMethod] =
                        pattern.methods.isEmpty ? [.get, .post, .delete] : pattern.methods
                    for method in methods {
                        var headers = HeaderList()
                        if case .header(let name) = route.organization {
                            headers.append(name, organization)
                        }
                        let host = Self.sampleHost(route)
                        questions.append(
                            PolicyQuestion(
                                method: method, path: path, host: host, headers: headers))
                    }
                }
            }
        }
        return questions
    }

    private static func sampleHost(_ route: RouteFacts) -> String {
        guard let host = route.host else { return "localhost" }
        return host.hasPrefix("*") ? "x1\(host.dropFirst())" : host
    }

    private func person(_ name: String) -> FixturesDocument.Person? {
        known.first { $0.name.value.isExactly(name) }
    }

    private func question(_ request: TestsDocument.Request) -> PolicyQuestion {
        PolicyQuestion(
            method: request.method, path: request.path, host: request.host,
            headers: request.headers, requestID: ExchangeID(seed: 0, number: 0))
    }

    private func caller(
        _ person: FixturesDocument.Person,
        _ change: FixturesDocument.Person?,
        _ question: PolicyQuestion
    ) -> TestPeople.Caller {
        people.caller(person, with: change, route: explainer.route(for: question))
    }

    private mutating func add(
        _ name: String,
        _ span: SourceSpan,
        _ failures: [String],
        _ question: PolicyQuestion,
        _ caller: TestPeople.Caller
    ) {
        let explanation =
            failures.isEmpty
            ? nil : explainer.explain(question, as: caller.principal, called: caller.name)
        results.append(
            PolicyTestResult(
                file: document.path, name: name, span: span, failures: failures,
                explanation: explanation))
    }

    private func failures(
        _ answer: PolicyExplainer.Answer,
        _ expected: TestsDocument.Expectation
    ) -> [String] {
        let decision = answer.decision
        let status = snapshot.status(decision)
        let fits =
            switch expected {
            case .allow: decision.isAllowed
            case .deny: !decision.isAllowed
            case .status(let wanted): !decision.isAllowed && status == wanted
            }
        if fits { return [] }
        let actual = decision.reason.map { "\(status) \($0.code)" } ?? "allow"
        return ["expected \(expected.text), decided \(actual)"]
    }

    private func shadowFits(_ decision: Decision, _ wanted: TestsDocument.Expectation) -> Bool {
        let allows =
            switch decision.shadow {
            case .same: decision.isAllowed
            case .allow: true
            case .deny: false
            }
        return wanted == .allow ? allows : !allows
    }

    private func shadowText(_ decision: Decision) -> String {
        switch decision.shadow {
        case .same: "change nothing"
        case .allow(let rule): "allow by \(snapshot.rules[rule].id)"
        case .deny(let rule): "deny by \(snapshot.rules[rule].id)"
        }
    }

    private func headerFailures(
        _ test: TestsDocument.Case,
        _ answer: PolicyExplainer.Answer
    ) -> [String] {
        let sent = HeaderLines.parse(answer.requestLines)
        let obligations = answer.decision.obligations.map { snapshot.obligations[$0] }
        return test.headers.compactMap { name, value in
            let actual = sent.first { HeaderList.isSame($0.name, name.value) }?.value
            if let wanted = value.value {
                if actual?.isExactly(wanted) ?? false { return nil }
                return
                    "header \(name.value): expected `\(wanted)`, is \(actual.map { "`\($0)`" } ?? "absent")"
            }
            if HeaderList.isSame(name.value, "authorization"),
                obligations?.keepsAuthorization ?? false
            {
                return "header \(name.value): expected none, the route keeps it"
            }
            return actual.map { "header \(name.value): expected none, is `\($0)`" }
        }
    }
}

/// Reads back header lines that an evaluator wrote.
package enum HeaderLines {
    /// The fields of complete lines.
    package static func parse(_ lines: [UInt8]) -> [(name: String, value: String)] {
        String(decoding: lines, as: UTF8.self).split(separator: "\r\n").map { line in
            let name = line.prefix { $0 != ":" }
            return (String(name), String(line.dropFirst(name.count + 2)))
        }
    }
}
