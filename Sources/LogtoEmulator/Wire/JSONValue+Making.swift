import Documents
import Values

// Short ways to write and read the bodies of a service whose every answer is JSON.
extension JSONValue {
    /// An object of these members, in this order.
    static func members(_ pairs: (String, JSONValue)...) -> JSONValue {
        .object(JSONObject(pairs.map { (name: $0.0, value: $0.1) }))
    }

    /// A list of texts.
    static func strings(_ texts: [String]) -> JSONValue {
        .array(texts.map(JSONValue.string))
    }

    /// A text or null.
    static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// A number or null.
    static func optional(_ number: Int64?) -> JSONValue {
        number.map(JSONValue.integer) ?? .null
    }

    /// The number as a whole one, its fraction cut off; nil where it is none or does not fit.
    var whole: Int64? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number.rounded(.towardZero))
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The texts of a list of texts.
    var texts: [String] { (arrayValue ?? []).compactMap(\.stringValue) }

    /// Whether U+0000 occurs in a text or a name anywhere inside: the database refuses it.
    var containsNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.containsNUL)
        case .object(let object):
            object.members.contains { $0.name.utf8.contains(0) || $0.value.containsNUL }
        case .null, .bool, .integer, .double: false
        }
    }

    /// Whether the replacement character occurs in a text or a name anywhere inside.
    var containsReplacement: Bool {
        switch self {
        case .string(let text): text.unicodeScalars.contains("\u{FFFD}")
        case .array(let elements): elements.contains(where: \.containsReplacement)
        case .object(let object):
            object.members.contains {
                $0.name.unicodeScalars.contains("\u{FFFD}") || $0.value.containsReplacement
            }
        case .null, .bool, .integer, .double: false
        }
    }
}

extension JSONObject {
    /// The object as PostgreSQL's `jsonb` gives it back: members by length, then by bytes, and what
    /// is no finite number as null.
    var asStored: JSONObject {
        JSONObject(
            members
                .map { (name: $0.name, value: $0.value.asStored) }
                .sorted { left, right in
                    let (long, short) = (right.name.utf8.count, left.name.utf8.count)
                    return short == long
                        ? ExactText(left.name) < ExactText(right.name) : short < long
                })
    }

    /// The members of both; where both have one, the other's.
    func merging(_ other: JSONObject) -> JSONObject {
        JSONObject(members.filter { other[$0.name] == nil } + other.members)
    }
}

extension JSONValue {
    fileprivate var asStored: JSONValue {
        switch self {
        case .object(let object): .object(object.asStored)
        case .array(let elements): .array(elements.map(\.asStored))
        case .double(let number) where !number.isFinite: .null
        case .null, .bool, .integer, .double, .string: self
        }
    }
}
