extension DiagnosticRenderer {
    /// The form for programs: `{"diagnostics": […], "errors": n, "warnings": n, "notes": n}`.
    ///
    /// A place is `{"path", "line", "column", "end_line", "end_column", "start", "end"}`: the last two are
    /// byte offsets; of a file that is not known only path and bytes are given.
    package func json(_ diagnostics: [Diagnostic]) -> String {
        let shown = sorted(diagnostics)
        var object = JSONObject()
        object["diagnostics"] = .array(shown.map { value(of: $0) })
        for severity in Diagnostic.Severity.allCases {
            let count = shown.count { $0.severity == severity }
            object["\(severity.rawValue)s"] = .integer(Int64(count))
        }
        return JSONWriter.text(.object(object))
    }

    private func value(of diagnostic: Diagnostic) -> JSONValue {
        var object: JSONObject = [
            "severity": .string(diagnostic.severity.rawValue),
            "code": .string(diagnostic.code),
            "message": .string(diagnostic.message),
        ]
        object["place"] = diagnostic.primary.map { .object(place(of: $0)) }
        object["label"] = diagnostic.label.map { .string($0) }
        if !diagnostic.labels.isEmpty {
            object["labels"] = .array(
                diagnostic.labels.map { label in
                    var place = place(of: label.span)
                    place["text"] = .string(label.text)
                    return .object(place)
                })
        }
        if !diagnostic.notes.isEmpty {
            object["notes"] = .array(diagnostic.notes.map { .string($0) })
        }
        object["help"] = diagnostic.help.map { .string($0) }
        return .object(object)
    }

    private func place(of span: SourceSpan) -> JSONObject {
        var place: JSONObject = ["path": .string(span.path)]
        if let source = source(span) {
            let start = source.lines.position(of: span.range.lowerBound)
            let end = source.lines.position(of: span.range.upperBound)
            place["line"] = .integer(Int64(start.line))
            place["column"] = .integer(Int64(start.column))
            place["end_line"] = .integer(Int64(end.line))
            place["end_column"] = .integer(Int64(end.column))
        }
        place["start"] = .integer(Int64(span.range.lowerBound))
        place["end"] = .integer(Int64(span.range.upperBound))
        return place
    }
}
