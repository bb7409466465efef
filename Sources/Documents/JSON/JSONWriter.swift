import Values

/// Writes JSON as `JSONReader` reads it: compact, members in their order.
package enum JSONWriter {
    /// The bytes of a value.
    package static func write(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// The bytes of an object.
    package static func write(_ object: JSONObject) -> [UInt8] { write(.object(object)) }

    /// A value as text.
    package static func text(_ value: JSONValue) -> String {
        String(decoding: write(value), as: UTF8.self)
    }

    /// Appends a value to bytes under construction.
    ///
    /// A double that is not finite, which no reader returns, is written as `null`. The recursion is as
    /// deep as the value, so that only values of bounded depth may be written.
    package static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(text: "null")
        case .bool(let value): bytes.append(text: value ? "true" : "false")
        case .integer(let value): bytes.append(decimal: value)
        case .double(let value):
            bytes.append(text: value.isFinite ? value.description : "null")
        case .string(let text): JSONText.append(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
