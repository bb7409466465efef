import Documents
import Values

@testable import LogtoEmulator

/// Recorded value ↔ value of the emulator: learned from the answers, as the recordings' own replay does.
struct Bindings {
    private var pairs: [(recorded: String, actual: String)]
    private var known: [ExactText: String]

    init(base: String) {
        pairs = ["http://localhost:3011", "http://localhost:3021", "http://localhost:3031"]
            .map { (recorded: $0, actual: base) }
        known = Dictionary(uniqueKeysWithValues: pairs.map { (ExactText($0.recorded), $0.actual) })
    }

    /// The text with every bound value replaced.
    func translate(_ text: String) -> String {
        if let whole = known[ExactText(text)] { return whole }
        var bytes = Array(text.utf8)
        for (recorded, actual) in pairs {
            bytes = Self.replace(Array(recorded.utf8), with: Array(actual.utf8), in: bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value with every bound value replaced, names included.
    func translate(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(translate(text))
        case .array(let elements): .array(elements.map(translate))
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map {
                        (name: translate($0.name), value: translate($0.value))
                    }))
        case .null, .bool, .integer, .double: value
        }
    }

    /// Binds every made-up value of an answer, walking both bodies side by side.
    mutating func learn(_ recorded: JSONValue, _ actual: JSONValue, name: String = "") {
        switch (recorded, actual) {
        case (.object(let left), .object(let right)):
            for member in left.members {
                if let value = right[member.name] {
                    learn(member.value, value, name: member.name)
                }
            }
        case (.array(let left), .array(let right)):
            for (one, other) in zip(left, aligned(left, right)) {
                if let other { learn(one, other, name: name) }
            }
        case (.string(let left), .string(let right)):
            guard Self.isMadeUp(name), Self.isShaped(left), known[ExactText(left)] == nil else {
                return
            }
            known[ExactText(left)] = right
            pairs.append((recorded: left, actual: right))
        default: break
        }
    }

    /// The elements of `actual` in the order of `recorded`, as far as their identities are known.
    func aligned(_ recorded: [JSONValue], _ actual: [JSONValue]) -> [JSONValue?] {
        var places: [ExactText: JSONValue] = [:]
        for value in actual {
            if let identity = Self.identity(value) { places[ExactText(identity)] = value }
        }
        var taken: Set<ExactText> = []
        let found = recorded.map { value -> JSONValue? in
            guard let identity = Self.identity(value) else { return nil }
            let key = ExactText(translate(identity))
            guard let match = places[key], taken.insert(key).inserted else { return nil }
            return match
        }
        var rest = actual.filter { value in
            Self.identity(value).map { !taken.contains(ExactText($0)) } ?? true
        }[...]
        let filled = found.map { $0 ?? rest.popFirst() }
        return filled + rest.map { $0 }
    }

    private static func identity(_ value: JSONValue) -> String? {
        if let text = value["id"]?.stringValue ?? value.stringValue, !text.isEmpty { return text }
        return nil
    }

    private static func isMadeUp(_ name: String) -> Bool {
        ["id", "secret", "value", "token", "signingKey", "jti", "sid"].has(name)
            || ["Id", "Ids", "_token"].contains(where: name.hasSuffix)
    }

    private static func isShaped(_ text: String) -> Bool {
        (8...8192).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
    }

    private static func replace(
        _ part: [UInt8], with other: [UInt8], in bytes: [UInt8]
    ) -> [UInt8] {
        guard bytes.count >= part.count, let first = part.first else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == first, bytes[index...].starts(with: part) {
                result += other
                index += part.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
