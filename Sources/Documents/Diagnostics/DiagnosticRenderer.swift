import Values

/// Turns messages into what people and programs read.
///
/// Both forms hold the same fields in the same order: by file, line and column, messages about no place
/// first; a message that was given twice is shown once. Lines and columns begin at 1; columns count
/// Unicode scalars.
package struct DiagnosticRenderer: Sendable {
    /// A file with its lines.
    struct Source: Sendable {
        let file: SourceFile
        let lines: LineIndex
    }

    private let sources: [ExactText: Source]

    /// A renderer that can show the lines of these files. Of a file that is not among them, only the path
    /// is shown.
    package init(files: [SourceFile]) {
        var sources: [ExactText: Source] = [:]
        for file in files {
            sources[ExactText(file.path)] = Source(file: file, lines: LineIndex(file))
        }
        self.sources = sources
    }

    /// The form for people: a headline, the line with the caret under it, notes and help. Ends with a line
    /// break; empty if there is no message.
    package func text(_ diagnostics: [Diagnostic]) -> String {
        var text = ""
        for diagnostic in sorted(diagnostics) {
            if !text.isEmpty { text += "\n" }
            append(diagnostic, to: &text)
        }
        return text
    }

    /// How many there are of each severity: `2 errors, 1 warning`; empty if there are none.
    package func summary(_ diagnostics: [Diagnostic]) -> String {
        let shown = sorted(diagnostics)
        let parts = Diagnostic.Severity.allCases.compactMap { severity in
            let count = shown.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return parts.joined(separator: ", ")
    }

    /// The messages in the order in which they are shown.
    package func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        let ordered = diagnostics.enumerated().sorted {
            precedes($0.element, $1.element) ?? ($0.offset < $1.offset)
        }
        var shown: [Diagnostic] = []
        for (_, diagnostic) in ordered {
            // Equal messages are neighbours, except where others begin at the same byte.
            var isRepeated = false
            for earlier in shown.reversed() {
                guard Self.beginAlike(earlier, diagnostic) else { break }
                if earlier == diagnostic { isRepeated = true }
            }
            if !isRepeated { shown.append(diagnostic) }
        }
        return shown
    }

    /// The file with that path, if it is known.
    func source(_ span: SourceSpan) -> Source? { sources[ExactText(span.path)] }

    /// `path:line:column`, or the path alone if the file is not known.
    package func place(_ span: SourceSpan) -> String {
        let path = DisplayText.harmless(span.path)
        guard let source = source(span) else { return path }
        let position = source.lines.position(of: span.range.lowerBound)
        return "\(path):\(position.line):\(position.column)"
    }
}

extension DiagnosticRenderer {
    /// Which comes first; nil if they begin at the same byte or both nowhere.
    private func precedes(_ left: Diagnostic, _ right: Diagnostic) -> Bool? {
        switch (left.primary, right.primary) {
        case (nil, nil): return nil
        case (nil, _?): return true
        case (_?, nil): return false
        case (let left?, let right?):
            if !left.path.isExactly(right.path) {
                return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
            }
            if left.range.lowerBound == right.range.lowerBound { return nil }
            return left.range.lowerBound < right.range.lowerBound
        }
    }

    private static func beginAlike(_ left: Diagnostic, _ right: Diagnostic) -> Bool {
        guard let left = left.primary, let right = right.primary else {
            return left.primary == nil && right.primary == nil
        }
        return left.range.lowerBound == right.range.lowerBound && left.path.isExactly(right.path)
    }

    private func append(_ diagnostic: Diagnostic, to text: inout String) {
        let message = DisplayText.harmless(diagnostic.message)
        text += "\(diagnostic.severity.rawValue)[\(diagnostic.code)]: \(message)\n"
        var margin = 3
        if let primary = diagnostic.primary {
            let snippets = SnippetLayout(diagnostic, primary: primary, renderer: self)
            margin = snippets.margin
            text += snippets.text
        }
        let indent = String(repeating: " ", count: margin)
        for note in diagnostic.notes {
            Self.append("\(indent)= ", note, to: &text)
        }
        if let help = diagnostic.help {
            Self.append("\(indent)= help: ", help, to: &text)
        }
    }

    /// Appends lines of which the further ones are indented as the text of the first.
    private static func append(_ mark: String, _ content: String, to text: inout String) {
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let start = index == 0 ? mark : String(repeating: " ", count: mark.count)
            text += start + DisplayText.harmless(String(line)) + "\n"
        }
    }
}
