package import Values

/// Writes one log line piece by piece, without a dictionary and without a buffer of its own.
///
/// In JSON: `{"timestamp":…,"severity_text":…,"severity_number":…,"body":…,"attributes":{…}}`, the
/// members of OpenTelemetry's log data model. In text: `2026-03-02T10:00:00Z WARN message
/// name=value …`.
///
/// The caller hands in the buffer for each piece, so that a loop can gather its lines in one.
package struct LogLine {
    private let format: LogFormat
    private var hasFacts = false

    /// Begins a line. `message` is constant text; what changes belongs into facts.
    package init(
        _ level: LogLevel, _ message: StaticString, at time: UnixTime, format: LogFormat,
        into line: inout [UInt8]
    ) {
        self.format = format
        switch format {
        case .json:
            line.append(contentsOf: "{\"timestamp\":\"".utf8)
            line.append(contentsOf: time.rfc3339.utf8)
            line.append(contentsOf: "\",\"severity_text\":\"".utf8)
            line.append(contentsOf: level.severityText.utf8)
            line.append(contentsOf: "\",\"severity_number\":".utf8)
            line.append(contentsOf: "\(level.severityNumber)".utf8)
            line.append(contentsOf: ",\"body\":".utf8)
            LogText.appendQuoted("\(message)", to: &line)
        case .text:
            line.append(contentsOf: time.rfc3339.utf8)
            line.append(UInt8(ascii: " "))
            line.append(contentsOf: level.severityText.utf8)
            line.append(contentsOf: level.severityText.utf8.count < 5 ? "  ".utf8 : " ".utf8)
            LogText.appendEscaped("\(message)", to: &line)
        }
    }

    /// Adds one fact.
    package mutating func fact(_ name: String, _ value: LogValue, into line: inout [UInt8]) {
        switch format {
        case .json:
            line.append(contentsOf: hasFacts ? ",".utf8 : ",\"attributes\":{".utf8)
            LogText.appendQuoted(name, to: &line)
            line.append(UInt8(ascii: ":"))
        case .text:
            line.append(UInt8(ascii: " "))
            appendForText(name, to: &line)
            line.append(UInt8(ascii: "="))
        }
        hasFacts = true
        append(value, to: &line)
    }

    /// Ends the line, newline included.
    package consuming func end(into line: inout [UInt8]) {
        switch format {
        case .json: line.append(contentsOf: hasFacts ? "}}\n".utf8 : "}\n".utf8)
        case .text: line.append(UInt8(ascii: "\n"))
        }
    }

    private func append(_ value: LogValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text):
            switch format {
            case .json: LogText.appendQuoted(text, to: &line)
            case .text: appendForText(text, to: &line)
            }
        case .integer(let number):
            line.append(contentsOf: "\(number)".utf8)
        case .double(let number):
            // JSON has no infinity and no NaN; a string says what it was.
            let text = "\(number)"
            if number.isFinite || format == .text {
                line.append(contentsOf: text.utf8)
            } else {
                LogText.appendQuoted(text, to: &line)
            }
        case .bool(let flag):
            line.append(contentsOf: flag ? "true".utf8 : "false".utf8)
        case .list(let items):
            line.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                LogText.appendQuoted(item, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        }
    }

    private func appendForText(_ text: String, to line: inout [UInt8]) {
        if LogText.isBare(text) {
            line.append(contentsOf: text.utf8)
        } else {
            LogText.appendQuoted(text, to: &line)
        }
    }
}
