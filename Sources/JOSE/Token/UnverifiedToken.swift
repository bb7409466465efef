package import Documents
import Values

/// The places of a token's parts in its bytes (RFC 7515 § 7.1). Nothing in it is believed; a
/// `VerifiedToken` comes from it through `TokenVerifier` alone.
///
/// It holds ranges, not bytes: those travel beside it and must be the ones it was made from.
package struct UnverifiedToken: Sendable {
    /// A longer token is refused before anything is decoded (JWT-18).
    package static let maximumBytes = 8192

    private let headerRange: Range<Int>
    private let payloadRange: Range<Int>
    private let signatureRange: Range<Int>?

    /// Finds the parts.
    ///
    /// A token of two parts gets this far, so that one without signature is refused for its
    /// algorithm (JWT-01); `signature(in:)` refuses it at the latest.
    ///
    /// - Throws: `TokenRejection.malformed`.
    package init(_ bytes: Span<UInt8>) throws(TokenRejection) {
        guard !bytes.isEmpty else { throw .malformed(.empty) }
        guard bytes.count <= Self.maximumBytes else { throw .malformed(.tooLong) }
        var dots = 0
        var first = 0
        var second = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: ".") {
            dots += 1
            if dots == 1 { first = index }
            if dots == 2 { second = index }
        }
        switch dots {
        case 0: throw .malformed(Self.shapeWithoutDots(bytes))
        case 1:
            headerRange = 0..<first
            payloadRange = first + 1..<bytes.count
            signatureRange = nil
        case 2:
            headerRange = 0..<first
            payloadRange = first + 1..<second
            signatureRange = second + 1..<bytes.count
        case 4: throw .malformed(.encrypted)
        default: throw .malformed(.notThreeParts)
        }
    }

    /// The header as one strict JSON object.
    package func header(in bytes: Span<UInt8>) throws(TokenRejection) -> JSONObject {
        try Self.object(Self.decode(bytes, headerRange), fault: .header)
    }

    /// The payload as one strict JSON object.
    package func payload(in bytes: Span<UInt8>) throws(TokenRejection) -> JSONObject {
        try Self.object(Self.decode(bytes, payloadRange), fault: .payload)
    }

    /// The signature's bytes; there are some.
    func signature(in bytes: Span<UInt8>) throws(TokenRejection) -> [UInt8] {
        guard let signatureRange else { throw .malformed(.notThreeParts) }
        guard !signatureRange.isEmpty else { throw .malformed(.noSignature) }
        return try Self.decode(bytes, signatureRange)
    }

    /// How many bytes from the first the signature is made over: header and payload with the dot
    /// between them.
    var signedCount: Int { payloadRange.upperBound }

    /// SECURITY: only canonical base64url is read, or one token would have many spellings (JWT-19).
    private static func decode(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(TokenRejection) -> [UInt8] {
        guard range.upperBound <= bytes.count,
            let decoded = Base64URL.decode(bytes.extracting(range))
        else { throw .malformed(.base64) }
        return decoded
    }

    private static func object(
        _ text: [UInt8], fault: TokenRejection.JSONFault
    ) throws(TokenRejection) -> JSONObject {
        do {
            if let object = try JSONReader.read(text, limits: limits).objectValue { return object }
        } catch {
            throw .json(fault)
        }
        throw .json(fault)
    }

    /// Depth 16 (JWT-37), no NUL (JWT-38).
    private static let limits = JSONReader.Limits(depth: 16, bytes: maximumBytes, allowsNUL: false)
}

extension UnverifiedToken {
    /// What a token without dots probably is (tokens of Logto that are no JWT).
    private static func shapeWithoutDots(_ bytes: Span<UInt8>) -> TokenRejection.Shape {
        if begins(bytes, with: "pat_") { return .personalAccessToken }
        if begins(bytes, with: "sub_") { return .subjectToken }
        for index in bytes.indices where !isURLSafe(bytes[index]) { return .notThreeParts }
        return .opaque
    }

    private static func begins(_ bytes: Span<UInt8>, with prefix: String) -> Bool {
        guard bytes.count >= prefix.utf8.count else { return false }
        var index = 0
        for byte in prefix.utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    private static func isURLSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
