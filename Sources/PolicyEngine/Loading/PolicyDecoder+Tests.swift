import Documents
import Values

extension PolicyDecoder {
    private static let personKeys = ["id", "organization", "roles", "permissions", "kind"]
    private static let laterPersonKeys = ["claims", "mfa", "authenticated_at"]

    /// `kind: fixtures`.
    func fixtures(_ root: YAMLNode) -> FixturesDocument {
        let fields = header(root, "a fixtures file", known: ["principals"], later: ["bodies"])
        var document = FixturesDocument(path: file, span: fields.span)
        if let node = fields["principals"] {
            document.people = entries(node, of: "`principals`").map { name, value in
                person(name, value, known: Self.personKeys + ["anonymous"])
            }
        }
        return document
    }

    private func person(
        _ name: Located<String>,
        _ node: YAMLNode,
        known: [String]
    ) -> FixturesDocument.Person {
        let fields = fields(node, of: "a person", known: known, later: Self.laterPersonKeys)
        var person = FixturesDocument.Person(name: name)
        person.id = fields["id"].flatMap { string($0, "an id") }
        person.organization = fields["organization"].flatMap { string($0, "an organization") }
        let kinds = PrincipalFacts.Kind.allCases.map(\.rawValue)
        person.kind =
            fields["kind"].flatMap { choice($0, "a kind of caller", among: kinds) }
            .flatMap { PrincipalFacts.Kind(rawValue: $0.value) }
        person.roles = fields["roles"].map { strings($0, "`roles`", of: "a role") }
        person.permissions = fields["permissions"]
            .map { strings($0, "`permissions`", of: "a permission") }
        person.isAnonymous =
            fields["anonymous"].flatMap { bool($0, "`anonymous`") }?.value ?? false
        return person
    }

    /// `kind: tests`.
    func tests(_ root: YAMLNode) -> TestsDocument {
        let fields = header(
            root,
            "a tests file",
            known: ["policy", "fixtures", "now", "tables", "cases", "invariants"]
        )
        var document = TestsDocument(path: file, span: fields.span)
        require("policy", in: fields, of: "a tests file")
        document.policy = fields["policy"].flatMap { string($0, "a file") }
        document.fixtures =
            fields["fixtures"].map { strings($0, "`fixtures`", of: "a file", orOne: true) } ?? []
        if let now = fields["now"] { instant(now) }
        document.tables = fields["tables"].map { items($0, "`tables`").map(table) } ?? []
        document.cases = fields["cases"].map { items($0, "`cases`").map(testCase) } ?? []
        document.invariants =
            fields["invariants"].map { items($0, "`invariants`").map(invariant) } ?? []
        return document
    }

    /// Checks an instant. No rule that is built reads the clock.
    private func instant(_ node: YAMLNode) {
        guard let text = scalarText(node), UnixTime(rfc3339: text) != nil else {
            findings.error(
                .wrongValue,
                "an instant is written as in RFC 3339",
                at: node.span,
                help: "for example `2026-03-02T10:00:00Z`"
            )
            return
        }
    }

    private func table(_ node: YAMLNode) -> TestsDocument.Table {
        let fields = fields(node, of: "a table", known: ["name", "as", "rows"])
        var table = TestsDocument.Table(
            name: fields["name"].flatMap { string($0, "a name") }?.value ?? "a table")
        require("as", in: fields, of: "a table")
        require("rows", in: fields, of: "a table")
        table.people = fields["as"].map { strings($0, "`as`", of: "a person") } ?? []
        guard let rows = fields["rows"] else { return table }
        for (line, value) in entries(rows, of: "`rows`") {
            guard let request = requestLine(line) else { continue }
            let expectations = items(value, "a row").compactMap { node in
                expectation(node).map { Located($0, node.span) }
            }
            if expectations.count != table.people.count {
                findings.error(
                    .wrongValue,
                    "the row has \(expectations.count) results for \(table.people.count) people",
                    at: value.span
                )
                continue
            }
            table.rows.append(.init(request: request, expectations: expectations))
        }
        return table
    }

    private func testCase(_ node: YAMLNode) -> TestsDocument.Case {
        let fields = fields(
            node,
            of: "a case",
            known: [
                "name", "as", "with", "request", "now", "expect", "because", "reason", "headers",
                "shadow",
            ],
            later: ["body", "tenant_vars", "redact"]
        )
        var test = TestsDocument.Case(
            name: fields["name"].flatMap { string($0, "a name") }?.value ?? "a case",
            span: fields.span
        )
        for key in ["as", "request", "expect"] { require(key, in: fields, of: "a case") }
        test.person = fields["as"].flatMap { string($0, "a person") }
        if let node = fields["with"], let person = test.person {
            test.with = self.person(person, node, known: Self.personKeys)
        }
        if let now = fields["now"] { instant(now) }
        test.request = fields["request"].flatMap(request)
        test.expect = fields["expect"].flatMap { node in
            expectation(node).map { Located($0, node.span) }
        }
        test.because = fields["because"].flatMap { string($0, "the id of a rule") }
        let reasons = DecisionReason.allCases.map(\.code)
        test.reason = fields["reason"].flatMap { choice($0, "a reason", among: reasons) }
        test.shadow = fields["shadow"].flatMap { node in
            expectation(node).map { Located($0, node.span) }
        }
        if let node = fields["headers"] {
            for (name, value) in entries(node, of: "`headers`") {
                if value.isNull {
                    test.headers.append((name, Located(nil, value.span)))
                } else if let text = string(value, "the value of a header") {
                    test.headers.append((name, Located(text.value, text.span)))
                }
            }
        }
        return test
    }

    private func invariant(_ node: YAMLNode) -> TestsDocument.Invariant {
        let fields = fields(
            node,
            of: "an invariant",
            known: ["name", "never", "request"],
            later: ["when", "unless"]
        )
        require("never", in: fields, of: "an invariant")
        if let never = fields["never"] {
            _ = choice(never, "what must never happen", among: ["allow"])
        }
        return TestsDocument.Invariant(
            name: fields["name"].flatMap { string($0, "a name") }?.value ?? "an invariant",
            span: fields.span,
            pattern: fields["request"].flatMap { string($0, "a request") }.flatMap(match)
        )
    }

    /// `allow`, `deny` or a status.
    private func expectation(_ node: YAMLNode) -> TestsDocument.Expectation? {
        if case .scalar(let scalar) = node.content {
            if scalar.text == "allow" { return .allow }
            if scalar.text == "deny" { return .deny }
            if let status = scalar.asInteger, (400...599).contains(status) {
                return .status(Int(status))
            }
        }
        findings.error(
            .wrongValue,
            "what is expected is `allow`, `deny` or a status",
            at: node.span
        )
        return nil
    }

    /// `METHOD /path`, or a mapping with `line` and `headers`.
    private func request(_ node: YAMLNode) -> TestsDocument.Request? {
        if case .scalar = node.content {
            return string(node, "a request").flatMap(requestLine)
        }
        let fields = fields(
            node, of: "a request", known: ["line", "headers", "host"], later: ["ip", "body"])
        require("line", in: fields, of: "a request")
        guard
            var request = fields["line"].flatMap({ string($0, "a request line") })
                .flatMap(requestLine)
        else { return nil }
        if let host = fields["host"].flatMap({ string($0, "a host") }) { request.host = host.value }
        if let node = fields["headers"] {
            for (name, value) in entries(node, of: "`headers`") {
                guard let value = string(value, "the value of a header") else { continue }
                request.headers.append(name.value, value.value)
            }
        }
        return request
    }

    /// Checks a request line as the gateway would.
    func requestLine(_ text: Located<String>) -> TestsDocument.Request? {
        let parts = text.value.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let method = HTTPMethod(token: String(parts[0])) else {
            findings.error(
                .wrongValue,
                "`\(text.value)` is no request",
                at: text.span,
                help: "write a method, one space and a path: `GET /orgs/org_a/projects`"
            )
            return nil
        }
        do throws(PathNormalForm.Rejection) {
            try PathNormalForm.check(String(parts[1]))
        } catch {
            findings.error(
                .wrongValue,
                "the gateway refuses `\(parts[1])`: \(error.rawValue)",
                at: text.span
            )
            return nil
        }
        return TestsDocument.Request(span: text.span, method: method, path: String(parts[1]))
    }
}
