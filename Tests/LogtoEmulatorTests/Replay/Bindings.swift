import Documents
import Values

@testable import LogtoEmulator

/// Recorded value ↔ value of the emulator: learned from the answers, as the recordings' own replay
/// does.
struct Bindings {
    private var known: [ExactText: String] = [:]
    /// Recorded and own bytes by the first eight: no recorded value is shorter.
    private var pairs: [UInt64: [(recorded: [UInt8], actual: [UInt8])]] = [:]

    init(base: String) {
        for port in [3011, 3021, 3031] { bind("http://localhost:\(port)", to: base) }
    }

    private mutating func bind(_ recorded: String, to actual: String) {
        guard known[ExactText(recorded)] == nil else { return }
        known[ExactText(recorded)] = actual
        let bytes = Array(recorded.utf8)
        pairs[Self.key(bytes[...]), default: []].append((bytes, Array(actual.utf8)))
    }

    /// The first eight bytes as one number.
    private static func key(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text with every bound value replaced.
    func translate(_ text: String) -> String {
        if let whole = known[ExactText(text)] { return whole }
        let bytes = Array(text.utf8)
        guard bytes.count >= 8 else { return text }
        var result: [UInt8] = []
        var index = 0
        var key: UInt64 = Self.key(bytes[..<7])
        while index < bytes.count {
            if index + 7 < bytes.count { key = key << 8 | UInt64(bytes[index + 7]) }
            let found =
                index + 7 < bytes.count
                ? pairs[key]?.first { bytes[index...].starts(with: $0.recorded) } : nil
            if let found {
                result += found.actual
                index += found.recorded.count
                key = Self.key(bytes[index...].prefix(7))
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
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
            if Self.isMadeUp(name), Self.isShaped(left) { bind(left, to: right) }
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
}
