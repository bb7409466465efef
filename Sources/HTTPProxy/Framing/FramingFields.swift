import Values

/// The value of Content-Length (RFC 9110 § 8.6), stricter in that leading zeros are refused.
enum ContentLength {
    /// The length; nil where the value is not the one spelling of a number up to 2^63 - 1.
    static func read(_ value: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        guard (1...19).contains(value.count) else { return nil }
        if value.count > 1, bytes[value.lowerBound] == UInt8(ascii: "0") { return nil }
        var length = 0
        for index in value {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            guard !overflow, !carry else { return nil }
            length = sum
        }
        return length
    }
}

/// The value of Transfer-Encoding (RFC 9112 § 6.1).
enum TransferCoding {
    case chunked
    /// A well-formed list that says `chunked` last, or one other coding alone.
    case unknown
    case malformed

    static func read(_ value: Range<Int>, in bytes: Span<UInt8>) -> TransferCoding {
        if ASCIIText.isSame(value, in: bytes, as: "chunked") { return .chunked }
        var options = ConnectionOptions()
        guard options.read(value, in: bytes) else { return .malformed }
        var codings: [Range<Int>] = []
        ConnectionOptions.forEach(value, in: bytes) { codings.append($0) }
        let chunked = codings.map { ASCIIText.isSame($0, in: bytes, as: "chunked") }
        if chunked.count == 1 { return .unknown }
        // SECURITY: a body whose last coding is not `chunked` has no end that two parties agree on.
        return chunked.last == true && chunked.filter { $0 }.count == 1 ? .unknown : .malformed
    }
}

/// Names that a careless server reads as framing fields.
enum FramingLookAlike {
    private static let contentLength = Array("content-length".utf8)
    private static let transferEncoding = Array("transfer-encoding".utf8)

    /// Whether the name has the normal form of a framing field.
    static func matches(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let name = bytes.extracting(name)
        return HeaderName.isNormalForm(contentLength, of: name)
            || HeaderName.isNormalForm(transferEncoding, of: name)
    }
}
