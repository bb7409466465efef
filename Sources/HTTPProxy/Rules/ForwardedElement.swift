/// One element of a `Forwarded` list (RFC 7239 § 4), as ranges of its values without quotes.
///
/// Stricter than the RFC: no empty elements or pairs, no parameter twice, and no escapes in the values
/// that are read.
struct ForwardedElement {
    private(set) var node: Range<Int>?
    private(set) var scheme: Range<Int>?
    private(set) var host: Range<Int>?
    private var hasBy = false

    /// Reads a whole list, and adds its elements.
    static func read(
        _ value: Range<Int>, in bytes: Span<UInt8>, into elements: inout [ForwardedElement]
    ) throws(ForwardingFault) {
        var index = value.lowerBound
        var element = ForwardedElement()
        while true {
            skipBlanks(&index, value.upperBound, in: bytes)
            let name = token(&index, value.upperBound, in: bytes)
            guard !name.isEmpty, index < value.upperBound, bytes[index] == UInt8(ascii: "=") else {
                throw .malformed
            }
            index += 1
            let (text, hasEscapes) = try word(&index, value.upperBound, in: bytes)
            try element.set(name, text, hasEscapes: hasEscapes, in: bytes)
            skipBlanks(&index, value.upperBound, in: bytes)
            if index < value.upperBound, bytes[index] == UInt8(ascii: ";") {
                index += 1
                continue
            }
            guard elements.count < BelievedClient.maxProxies else { throw .tooLong }
            elements.append(element)
            if index == value.upperBound { return }
            guard bytes[index] == UInt8(ascii: ",") else { throw .malformed }
            index += 1
            element = ForwardedElement()
        }
    }

    private mutating func set(
        _ name: Range<Int>, _ text: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>
    ) throws(ForwardingFault) {
        if ASCIIText.isSame(name, in: bytes, as: "for") {
            guard node == nil, !hasEscapes else { throw .malformed }
            node = text
        } else if ASCIIText.isSame(name, in: bytes, as: "proto") {
            guard scheme == nil, !hasEscapes else { throw .malformed }
            scheme = text
        } else if ASCIIText.isSame(name, in: bytes, as: "host") {
            guard host == nil, !hasEscapes else { throw .malformed }
            host = text
        } else if ASCIIText.isSame(name, in: bytes, as: "by") {
            guard !hasBy else { throw .malformed }
            hasBy = true
        }
    }

    private static func skipBlanks(_ index: inout Int, _ end: Int, in bytes: Span<UInt8>) {
        while index < end, FieldLineScanner.isBlank(bytes[index]) { index += 1 }
    }

    private static func token(
        _ index: inout Int, _ end: Int, in bytes: Span<UInt8>
    ) -> Range<Int> {
        let start = index
        while index < end, FieldLineScanner.isTokenByte(bytes[index]) { index += 1 }
        return start..<index
    }

    /// A token, or what stands between two quotes.
    private static func word(
        _ index: inout Int, _ end: Int, in bytes: Span<UInt8>
    ) throws(ForwardingFault) -> (text: Range<Int>, hasEscapes: Bool) {
        guard index < end, bytes[index] == UInt8(ascii: "\"") else {
            let text = token(&index, end, in: bytes)
            guard !text.isEmpty else { throw .malformed }
            return (text, false)
        }
        index += 1
        let start = index
        var hasEscapes = false
        while index < end, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") {
                hasEscapes = true
                index += 1
            }
            index += 1
        }
        guard index < end else { throw .malformed }
        index += 1
        return (start..<index - 1, hasEscapes)
    }
}
