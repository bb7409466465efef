import Documents
import Values

/// Reads JSON as the JavaScript of a real Logto reads it.
///
/// It is laxer than the reader that guards our own doors, on purpose: of duplicate members the last
/// one wins, a mark of byte order is skipped, whole numbers above 2^53 lose precision, `1e400` is
/// infinity, bytes that are not UTF-8 and lone surrogates become U+FFFD.
struct ScriptJSON {
    /// Why a text is no JSON.
    struct Rejection: Error {
        let message: String
    }

    /// Nesting beyond this is refused, so that no body exhausts the stack.
    static let maxDepth = 512

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// Whether an escape named half of a surrogate pair.
    private(set) var hasLoneSurrogate = false

    private init(_ source: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = source.starts(with: mark) ? Array(source.dropFirst(3)) : source
        bytes = Array(String(decoding: text, as: UTF8.self).utf8)
    }

    /// A complete text.
    static func read(
        _ source: [UInt8]
    ) throws(Rejection) -> (value: JSONValue, hasLoneSurrogate: Bool) {
        var reader = ScriptJSON(source)
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == reader.bytes.count else {
            throw Rejection(message: "Unexpected non-whitespace character after JSON")
        }
        return (value, reader.hasLoneSurrogate)
    }
}

extension ScriptJSON {
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var unexpected: Rejection {
        guard next != nil else { return Rejection(message: "Unexpected end of JSON input") }
        return Rejection(message: "Unexpected token in JSON at position \(position)")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        let letters = Array(word.utf8)
        guard bytes[position...].starts(with: letters) else { return false }
        position += letters.count
        return true
    }

    private mutating func value() throws(Rejection) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw Rejection(message: "Nesting is too deep") }
        switch next {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where take(word: "true"): return .bool(true)
        case UInt8(ascii: "f") where take(word: "false"): return .bool(false)
        case UInt8(ascii: "n") where take(word: "null"): return .null
        default: return try number()
        }
    }

    private mutating func object() throws(Rejection) -> JSONObject {
        position += 1
        var members: [(name: String, value: JSONValue)] = []
        var places: [ExactText: Int] = [:]
        skipSpace()
        if take("}") { return JSONObject(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw unexpected }
            let name = try string()
            skipSpace()
            guard take(":") else { throw unexpected }
            skipSpace()
            let value = try value()
            if let place = places[ExactText(name)] {
                members[place].value = value
            } else {
                places[ExactText(name)] = members.count
                members.append((name: name, value: value))
            }
            skipSpace()
            if take("}") { return JSONObject(members) }
            guard take(",") else { throw unexpected }
        }
    }

    private mutating func array() throws(Rejection) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw unexpected }
        }
    }

    private mutating func string() throws(Rejection) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20:
                throw Rejection(message: "Bad control character in string literal in JSON")
            default: text.append(byte)
            }
        }
        throw unexpected
    }

    private mutating func escape(into text: inout [UInt8]) throws(Rejection) {
        guard let mark = next else { throw unexpected }
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(mark)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try unit()
            var scalar = Unicode.Scalar(UInt32(unit))
            if (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: [0x5C, 0x75]) {
                let back = position
                position += 2
                let low = try self.unit()
                if (0xDC00..<0xE000).contains(low) {
                    let high = UInt32(unit) - 0xD800
                    scalar = Unicode.Scalar(0x10000 + high << 10 + (UInt32(low) - 0xDC00))
                } else {
                    position = back
                }
            }
            if scalar == nil { hasLoneSurrogate = true }
            text.append(contentsOf: String(Character(scalar ?? "\u{FFFD}")).utf8)
        default: throw Rejection(message: "Bad escaped character in JSON")
        }
    }

    private mutating func unit() throws(Rejection) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Hexadecimal.value(of: byte) else {
                throw Rejection(message: "Bad Unicode escape in JSON")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    private mutating func number() throws(Rejection) -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(text) else { throw unexpected }
        return Self.number(number)
    }

    private mutating func digits() throws(Rejection) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw unexpected }
    }

    /// A number of JavaScript: whole where it has no fraction.
    static func number(_ number: Double) -> JSONValue {
        if let whole = Int64(exactly: number) { .integer(whole) } else { .double(number) }
    }
}
