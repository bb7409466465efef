import Values

/// Lays out the source lines of one message, with carets under the part that is wrong, dashes under
/// what else belongs to it, and a few words at each.
struct SnippetLayout {
    /// A place on a line and what is said about it, in display columns.
    private struct Mark {
        var columns: Range<Int>
        var text: String
        var isPrimary: Bool
    }

    /// What is laid out.
    private(set) var text = ""
    /// Columns before the `|` of the lines.
    let margin: Int

    private let renderer: DiagnosticRenderer
    /// Longest part of a line that is shown, in display columns.
    private static let longestLine = 160
    /// Longest part of a line that is looked at, in bytes: a file of one line is not read for each message.
    private static let longestLook = 4_096

    init(_ diagnostic: Diagnostic, primary: SourceSpan, renderer: DiagnosticRenderer) {
        self.renderer = renderer
        var labels = [(span: primary, text: diagnostic.label ?? "", isPrimary: true)]
        labels += diagnostic.labels.map { ($0.span, $0.text, false) }
        var highest = 1
        for label in labels {
            guard let source = renderer.source(label.span) else { continue }
            highest = max(highest, source.lines.position(of: label.span.range.lowerBound).line)
        }
        margin = max(2, highest.description.count) + 1
        var paths: [String] = []
        for label in labels where !paths.contains(where: { $0.isExactly(label.span.path) }) {
            paths.append(label.span.path)
        }
        for path in paths {
            append(labels.filter { $0.span.path.isExactly(path) })
        }
    }

    /// Appends the lines of one file.
    private mutating func append(_ labels: [(span: SourceSpan, text: String, isPrimary: Bool)]) {
        let indent = String(repeating: " ", count: margin)
        text += "\(indent.dropLast())--> \(renderer.place(labels[0].span))"
        guard let source = renderer.source(labels[0].span) else {
            text += labels[0].isPrimary || labels[0].text.isEmpty ? "\n" : "   \(labels[0].text)\n"
            return
        }
        text += "\n\(indent)|\n"
        var lines: [Int: [(span: SourceSpan, text: String, isPrimary: Bool)]] = [:]
        for label in labels {
            lines[source.lines.position(of: label.span.range.lowerBound).line, default: []]
                .append(label)
        }
        var previous: Int?
        for (line, labels) in lines.sorted(by: { $0.key < $1.key }) {
            if let previous, line > previous + 1 { text += "...\n" }
            append(line: line, of: source, labels)
            previous = line
        }
    }

    private mutating func append(
        line: Int, of source: DiagnosticRenderer.Source,
        _ labels: [(span: SourceSpan, text: String, isPrimary: Bool)]
    ) {
        let whole = source.lines.bytes(ofLine: line) ?? 0..<0
        let first = labels.map(\.span.range.lowerBound).min() ?? whole.lowerBound
        // Of a very long line only the surroundings of the first mark are looked at.
        let start =
            first - whole.lowerBound < Self.longestLook / 2
            ? whole.lowerBound : Self.boundary(first - 60, in: source.file.bytes)
        let end = min(whole.upperBound, start + Self.longestLook)
        var shown = ""
        var column = 0
        var columns: [Int: Int] = [:]
        if start > whole.lowerBound {
            shown = "…"
            column = 1
        }
        let wanted = Set(
            labels.flatMap { label in
                [label.span.range.lowerBound, min(label.span.range.upperBound, end)]
            })
        var offset = start
        for scalar in String(decoding: source.file.bytes[start..<end], as: UTF8.self).unicodeScalars
        {
            if wanted.contains(offset) { columns[offset] = column }
            if column >= Self.longestLine, labels.allSatisfy({ $0.span.range.lowerBound < offset })
            {
                shown += "…"
                break
            }
            column = DisplayText.append(scalar, at: column, to: &shown)
            offset += scalar.utf8.count
        }
        let marks = labels.map { label in
            let from = columns[label.span.range.lowerBound] ?? column
            let upper = min(label.span.range.upperBound, end)
            let to = max(columns[upper] ?? column, from + 1)
            return Mark(
                columns: from..<to, text: DisplayText.harmless(label.text),
                isPrimary: label.isPrimary)
        }
        let number = String(repeating: " ", count: margin - 1 - line.description.count)
        let gutter = String(repeating: " ", count: margin) + "|"
        let visible = shown.isEmpty ? "" : " \(shown)"
        text += "\(number)\(line) |\(visible)\n"
        for row in Self.rows(marks) { text += "\(gutter) \(row)\n" }
    }

    /// The first byte of the character that holds `offset`.
    private static func boundary(_ offset: Int, in bytes: [UInt8]) -> Int {
        var offset = max(0, min(offset, bytes.count))
        while offset > 0, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
        return offset
    }

    /// The lines under a source line: first all carets and dashes with the text of the last, then the
    /// other texts, each under its mark.
    private static func rows(_ marks: [Mark]) -> [String] {
        let marks = marks.sorted { $0.columns.lowerBound < $1.columns.lowerBound }
        guard let last = marks.last else { return [] }
        let width = marks.map(\.columns.upperBound).max() ?? 0
        var line = [Character](repeating: " ", count: width)
        // Carets win over dashes where they overlap.
        for mark in marks.sorted(by: { !$0.isPrimary && $1.isPrimary }) {
            for column in mark.columns { line[column] = mark.isPrimary ? "^" : "-" }
        }
        let fits = last.columns.upperBound == width
        let tail = fits && !last.text.isEmpty ? " " + last.text : ""
        var rows = [String(line) + tail]
        for mark in (fits ? Array(marks.dropLast()) : marks).reversed() where !mark.text.isEmpty {
            rows.append(String(repeating: " ", count: mark.columns.lowerBound) + mark.text)
        }
        return rows
    }
}
