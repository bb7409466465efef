import Values

/// The recursive descent behind `JSONReader`: a position, and a method per production.
///
/// The bytes travel beside it, as a span may not be stored.
struct JSONParser {
    private let deepest: Int
    private let allowsNUL: Bool
    private var position = 0
    private var depth = 0
    /// Reused for strings with escapes.
    private var scratch: [UInt8] = []

    /// Longest number that is read; glibc would take any, in time that grows with it.
    private static let longestNumber = 512
    /// Objects with more members than this find duplicate names by hashing.
    private static let hashedFrom = 12

    init(deepest: Int, allowsNUL: Bool) {
        self.deepest = deepest
        self.allowsNUL = allowsNUL
    }

    mutating func document(_ bytes: Span<UInt8>) throws(JSONRejection) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw JSONRejection(.byteOrderMark, at: 0)
        }
        skipSpace(bytes)
        guard position < bytes.count else { throw JSONRejection(.empty, at: position) }
        let value = try value(bytes)
        skipSpace(bytes)
        guard position == bytes.count else { throw JSONRejection(.trailingText, at: position) }
        return value
    }
}

// MARK: Values

extension JSONParser {
    private mutating func value(_ bytes: Span<UInt8>) throws(JSONRejection) -> JSONValue {
        guard position < bytes.count else { throw JSONRejection(.unexpectedEnd, at: position) }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(bytes)
        case UInt8(ascii: "["): return try array(bytes)
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        case UInt8(ascii: "t"):
            try word("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", bytes)
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null", bytes)
            return .null
        default: throw unexpected(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONRejection) -> JSONValue {
        try enter()
        var object = JSONObject()
        var known: Set<ExactText> = []
        skipSpace(bytes)
        if take(UInt8(ascii: "}"), bytes) {
            depth -= 1
            return .object(object)
        }
        while true {
            skipSpace(bytes)
            guard position < bytes.count else { throw JSONRejection(.unexpectedEnd, at: position) }
            guard bytes[position] == UInt8(ascii: "\"") else { throw unexpected(bytes) }
            let start = position
            let name = try string(bytes)
            // SECURITY: of two equal names readers pick different ones; see JWT-17.
            guard Self.isNew(name, in: object, &known) else {
                throw JSONRejection(.duplicateName, at: start)
            }
            skipSpace(bytes)
            guard take(UInt8(ascii: ":"), bytes) else { throw unexpected(bytes) }
            skipSpace(bytes)
            object.members.append((name, try value(bytes)))
            skipSpace(bytes)
            if take(UInt8(ascii: ","), bytes) { continue }
            guard take(UInt8(ascii: "}"), bytes) else { throw unexpected(bytes) }
            depth -= 1
            return .object(object)
        }
    }

    private static func isNew(
        _ name: String, in object: JSONObject, _ known: inout Set<ExactText>
    ) -> Bool {
        guard object.members.count >= hashedFrom else {
            for member in object.members where member.name.isExactly(name) { return false }
            return true
        }
        if known.isEmpty { known.formUnion(object.members.lazy.map { ExactText($0.name) }) }
        return known.insert(ExactText(name)).inserted
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONRejection) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipSpace(bytes)
        if take(UInt8(ascii: "]"), bytes) {
            depth -= 1
            return .array(elements)
        }
        while true {
            skipSpace(bytes)
            elements.append(try value(bytes))
            skipSpace(bytes)
            if take(UInt8(ascii: ","), bytes) { continue }
            guard take(UInt8(ascii: "]"), bytes) else { throw unexpected(bytes) }
            depth -= 1
            return .array(elements)
        }
    }

    /// Steps over the opening bracket.
    private mutating func enter() throws(JSONRejection) {
        // SECURITY: without this a text of brackets overflows the stack; see JWT-37.
        guard depth < deepest else { throw JSONRejection(.tooDeep, at: position) }
        depth += 1
        position += 1
    }

    private mutating func word(
        _ text: StaticString, _ bytes: Span<UInt8>
    ) throws(JSONRejection) {
        for expected in "\(text)".utf8 {
            guard position < bytes.count, bytes[position] == expected else {
                throw unexpected(bytes)
            }
            position += 1
        }
    }
}

// MARK: Numbers

extension JSONParser {
    private mutating func number(_ bytes: Span<UInt8>) throws(JSONRejection) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"), bytes)
        let firstDigit = position
        var whole: Int64? = 0
        while let digit = digit(bytes) {
            whole = Self.append(digit, to: whole, isNegative)
            position += 1
        }
        guard position > firstDigit else { throw malformed(bytes, from: start) }
        if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
            throw JSONRejection(.invalidNumber, at: start)
        }
        var isInteger = true
        if take(UInt8(ascii: "."), bytes) {
            isInteger = false
            try digits(bytes, from: start)
        }
        if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
            isInteger = false
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            try digits(bytes, from: start)
        }
        if isInteger, let whole { return .integer(whole) }
        guard position - start <= Self.longestNumber else {
            throw JSONRejection(.numberOutOfRange, at: start)
        }
        // SECURITY: `1e999` is infinite as a double and would stay above every limit; see JWT-23.
        let digits = try text(bytes, start..<position)
        guard let value = Double(digits), value.isFinite else {
            throw JSONRejection(.numberOutOfRange, at: start)
        }
        return .double(value)
    }

    private static func append(_ digit: Int64, to whole: Int64?, _ isNegative: Bool) -> Int64? {
        guard let whole else { return nil }
        let (tenfold, overflows) = whole.multipliedReportingOverflow(by: 10)
        guard !overflows else { return nil }
        let (sum, exceeds) =
            isNegative
            ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
        return exceeds ? nil : sum
    }

    private mutating func digits(_ bytes: Span<UInt8>, from start: Int) throws(JSONRejection) {
        let first = position
        while digit(bytes) != nil { position += 1 }
        guard position > first else { throw malformed(bytes, from: start) }
    }

    private func digit(_ bytes: Span<UInt8>) -> Int64? {
        guard position < bytes.count else { return nil }
        let digit = bytes[position] &- UInt8(ascii: "0")
        return digit < 10 ? Int64(digit) : nil
    }

    private func malformed(_ bytes: Span<UInt8>, from start: Int) -> JSONRejection {
        position < bytes.count
            ? JSONRejection(.invalidNumber, at: start)
            : JSONRejection(.unexpectedEnd, at: position)
    }
}

// MARK: Strings

extension JSONParser {
    private mutating func string(_ bytes: Span<UInt8>) throws(JSONRejection) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try text(bytes, start..<position)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(bytes, from: start) }
            guard byte >= 0x20 else { throw JSONRejection(.controlCharacter, at: position) }
            position += 1
        }
        throw JSONRejection(.unexpectedEnd, at: position)
    }

    /// The text of bytes of the document, or a rejection at the first that is not UTF-8.
    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONRejection) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw JSONRejection(
                .invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    /// Goes on at the first backslash of a string that began at `start`.
    private mutating func stringWithEscapes(
        _ bytes: Span<UInt8>, from start: Int
    ) throws(JSONRejection) -> String {
        scratch.removeAll(keepingCapacity: true)
        for index in start..<position { scratch.append(bytes[index]) }
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                // What came from escapes is valid by construction: so a fault is one of the bytes as
                // they came, and those are searched only now, for its offset.
                do {
                    let text = String(copying: try UTF8Span(validating: scratch.span))
                    position += 1
                    return text
                } catch {
                    _ = try text(bytes, start..<position)
                    throw JSONRejection(.invalidUTF8, at: start)
                }
            case UInt8(ascii: "\\"): try escape(bytes)
            case 0..<0x20: throw JSONRejection(.controlCharacter, at: position)
            default:
                scratch.append(byte)
                position += 1
            }
        }
        throw JSONRejection(.unexpectedEnd, at: position)
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONRejection) {
        let start = position
        guard position + 1 < bytes.count else {
            throw JSONRejection(.unexpectedEnd, at: bytes.count)
        }
        position += 2
        switch bytes[position - 1] {
        case UInt8(ascii: "\""): scratch.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): scratch.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): scratch.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape(bytes, from: start)
        default: throw JSONRejection(.invalidEscape, at: start)
        }
    }

    private mutating func unicodeEscape(
        _ bytes: Span<UInt8>, from start: Int
    ) throws(JSONRejection) {
        var code = try hexadecimal(bytes, from: start)
        if code >= 0xD800, code <= 0xDBFF {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONRejection(.loneSurrogate, at: start) }
            position += 2
            let low = try hexadecimal(bytes, from: start)
            guard low >= 0xDC00, low <= 0xDFFF else {
                throw JSONRejection(.loneSurrogate, at: start)
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw JSONRejection(.loneSurrogate, at: start)
        }
        guard code != 0 || allowsNUL else { throw JSONRejection(.nulCharacter, at: start) }
        scratch.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// Four hexadecimal digits.
    private mutating func hexadecimal(
        _ bytes: Span<UInt8>, from start: Int
    ) throws(JSONRejection) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else {
                throw JSONRejection(.unexpectedEnd, at: position)
            }
            guard let digit = Hexadecimal.value(of: bytes[position]) else {
                throw JSONRejection(.invalidEscape, at: start)
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}

// MARK: Between values

extension JSONParser {
    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Steps over `byte` if it comes next.
    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private func unexpected(_ bytes: Span<UInt8>) -> JSONRejection {
        position < bytes.count
            ? JSONRejection(.unexpectedCharacter, at: position)
            : JSONRejection(.unexpectedEnd, at: position)
    }
}
