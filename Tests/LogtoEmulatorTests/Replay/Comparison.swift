import Documents
import Values

@testable import LogtoEmulator

/// What differs between a recorded body and the emulator's: of times and sentences only the kind
/// counts.
struct Comparison {
    let bindings: Bindings
    private(set) var differences: [String] = []

    init(bindings: Bindings) {
        self.bindings = bindings
    }

    mutating func compare(
        _ recorded: JSONValue, _ actual: JSONValue?, at place: String = "$", name: String = ""
    ) {
        guard let actual else {
            differences.append("\(place): missing")
            return
        }
        switch (recorded, actual) {
        case (.object(let left), .object(let right)):
            for member in left.members {
                let inner = "\(place).\(member.name)"
                if let value = right[member.name] {
                    compare(member.value, value, at: inner, name: member.name)
                } else {
                    differences.append("\(inner): missing")
                }
            }
            for member in right.members where left[member.name] == nil {
                differences.append("\(place).\(member.name): not in the recorded answer")
            }
        case (.array(let left), .array(let right)):
            if left.count != right.count {
                differences.append("\(place): \(right.count) elements, recorded \(left.count)")
            }
            for (index, pair) in zip(left, bindings.aligned(left, right)).enumerated() {
                compare(pair.0, pair.1, at: "\(place)[\(index)]", name: name)
            }
        default:
            let wanted = Self.unordered(bindings.translate(recorded), name)
            let actual = Self.unordered(actual, name)
            if SchemaIssue.kind(wanted) != SchemaIssue.kind(actual)
                || !(Self.isTime(name) || Self.isProse(name)) && wanted != actual
            {
                differences.append(
                    "\(place): \(JSONWriter.text(actual).prefix(120)), recorded "
                        + "\(JSONWriter.text(wanted).prefix(120))")
            }
        }
    }

    /// Scopes come in the order of the database's ids: only which they are counts.
    private static func unordered(_ value: JSONValue, _ name: String) -> JSONValue {
        guard name.isExactly("scope"), let text = value.stringValue else { return value }
        return .string(text.split(separator: " ").sorted().joined(separator: " "))
    }

    private static func isTime(_ name: String) -> Bool {
        ["iat", "exp", "auth_time"].has(name) || name.hasSuffix("At") || name.hasSuffix("_at")
    }

    private static func isProse(_ name: String) -> Bool {
        ["message", "details", "error_description"].has(name)
    }
}
