import Values

/// Reads the head of a request (RFC 9112 §§ 2, 3, 5, 6), strictly, in one pass.
///
/// Stricter than the RFC: one space between the parts of the request line, no empty line before it,
/// no bare LF, no folding, no repeated Content-Length even if equal, no Content-Length beside
/// Transfer-Encoding, and no coding but `chunked`.
///
/// INVARIANT: the verdict depends on the bytes alone, not on how they were split over reads. A
/// fault in a line counts only once its LF is there, within the limit; `shouldScan` rests on that.
package enum HeadScanner {
    /// The bounds of a head.
    package struct Limits: Sendable {
        /// Bytes of the request line and the fields together with their ends.
        package var headBytes = 32 * 1024
        /// Field lines.
        package var fields = 100
        /// Bytes of the request target.
        package var targetBytes = 8 * 1024

        /// The default bounds.
        package init() {}
    }

    /// Methods longer than this are refused: no registered one has more than 17 letters.
    static let methodBytes = HTTPMethod.maxBytes

    /// Whether bytes that came behind an incomplete head can change the verdict, so that a slow
    /// sender does not make the scan quadratic.
    static func shouldScan(_ bytes: Span<UInt8>, seen: Int, limits: Limits) -> Bool {
        if seen <= methodBytes || bytes.count >= limits.headBytes { return true }
        // The target may have become too long.
        if bytes.count > limits.targetBytes, seen <= limits.targetBytes + methodBytes + 1 {
            return true
        }
        // A line that was incomplete may end now.
        var index = seen
        while index < bytes.count {
            if bytes[index] == 0x0A { return true }
            index &+= 1
        }
        return false
    }

    /// Reads a head that begins at the first byte.
    ///
    /// - Returns: whether the head is complete; `head.end` is then behind it.
    static func scan(
        _ bytes: Span<UInt8>, limits: Limits, into head: inout RequestHead
    ) throws(RequestFault) -> Bool {
        head.clear()
        let limit = min(bytes.count, limits.headBytes)
        var offset = 0
        // Whether a fault may be one only because the line has not ended yet.
        var isLineOpen = true
        do throws(RequestFault) {
            guard
                try requestLine(
                    bytes, at: &offset, isLineOpen: &isLineOpen, limit: limit, limits, into: &head)
            else {
                return try incomplete(bytes, limits)
            }
            while true {
                isLineOpen = true
                let line = try line(bytes, at: &offset, limit: limit)
                isLineOpen = false
                switch line {
                case .field(let field):
                    guard head.fields.count < limits.fields else { throw .tooManyFields }
                    let bit = field.known.bit
                    if bit & Self.gathered != 0 { try gather(field, in: bytes, into: &head) }
                    head.present |= bit
                    head.fields.append(field)
                case .endOfFields:
                    head.end = offset
                    if head.isChunked {
                        guard head.contentLength == nil else {
                            throw .malformed(.bothFramings)
                        }
                        // A coding that HTTP/1.0 does not know is a sign of tampering (RFC 9112 §
                        // 6.1).
                        guard head.isVersion11 else {
                            throw .malformed(.transferEncoding)
                        }
                    }
                    return true
                case .incomplete:
                    return try incomplete(bytes, limits)
                }
            }
        } catch {
            // The line's LF is not there yet: the verdict must not depend on that, so it waits.
            guard !isLineOpen || hasLineFeed(bytes, from: offset, to: limit) else {
                return try incomplete(bytes, limits)
            }
            throw error
        }
    }

    @inline(__always)
    private static func line(
        _ bytes: Span<UInt8>, at offset: inout Int, limit: Int
    ) throws(RequestFault) -> FieldLineScanner.Line {
        do {
            return try FieldLineScanner.next(bytes, at: &offset, limit: limit)
        } catch {
            switch error {
            case .lineEnd: throw .malformed(.lineEnd)
            case .name: throw .malformed(.fieldName)
            case .value: throw .malformed(.fieldValue)
            case .folding: throw .malformed(.folding)
            }
        }
    }

    private static func incomplete(
        _ bytes: Span<UInt8>, _ limits: Limits
    ) throws(RequestFault) -> Bool {
        if bytes.count >= limits.headBytes { throw .headTooLarge }
        return false
    }

    private static func hasLineFeed(_ bytes: Span<UInt8>, from start: Int, to limit: Int) -> Bool {
        for index in start..<limit where bytes[index] == 0x0A { return true }
        return false
    }

    /// Reads `METHOD SP target SP HTTP/1.x CR LF`.
    private static func requestLine(
        _ bytes: Span<UInt8>, at offset: inout Int, isLineOpen: inout Bool, limit: Int,
        _ limits: Limits, into head: inout RequestHead
    ) throws(RequestFault) -> Bool {
        var index = 0
        while index < limit, FieldLineScanner.isTokenByte(bytes[index]) { index &+= 1 }
        guard index > 0 || limit == 0, index <= methodBytes else {
            // Told at once, without waiting for the line's end: this is no HTTP at all.
            isLineOpen = false
            throw .malformed(.method)
        }
        guard index < limit else { return false }
        guard bytes[index] == 0x20 else { throw .malformed(.method) }
        head.method = 0..<index
        index &+= 1
        let targetStart = index
        index = bytes.endOfVisible(from: index, limit: limit)
        guard index &- targetStart <= limits.targetBytes else {
            isLineOpen = false
            throw .targetTooLong
        }
        guard index < limit else { return false }
        guard bytes[index] == 0x20, index > targetStart else { throw .malformed(.requestLine) }
        head.target = targetStart..<index
        index &+= 1
        guard index &+ 10 <= limit else {
            return try shortVersion(bytes, from: index, limit: limit)
        }
        switch bytes.word(at: index) {
        case 0x312E_312F_5054_5448: head.isVersion11 = true
        case 0x302E_312F_5054_5448: head.isVersion11 = false
        default: throw versionFault(bytes, from: index, method: head.method)
        }
        guard bytes[index &+ 8] == 0x0D, bytes[index &+ 9] == 0x0A else {
            throw .malformed(bytes[index &+ 8] == 0x0A ? .lineEnd : .version)
        }
        offset = index &+ 10
        head.requestLineEnd = offset
        return true
    }

    /// The line may be incomplete, or end too early.
    private static func shortVersion(
        _ bytes: Span<UInt8>, from start: Int, limit: Int
    ) throws(RequestFault) -> Bool {
        guard hasLineFeed(bytes, from: start, to: limit) else { return false }
        guard limit == start + 9, bytes[start + 8] == 0x0A,
            bytes.word(at: start) & 0xFEFF_FFFF_FFFF_FFFF == 0x302E_312F_5054_5448
        else { throw .malformed(.version) }
        throw .malformed(.lineEnd)
    }

    /// Another version of HTTP, or none.
    private static func versionFault(
        _ bytes: Span<UInt8>, from start: Int, method: Range<Int>
    ) -> RequestFault {
        let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") < 10 }
        guard bytes.word(at: start) & 0xFF_FFFF_FFFF == 0x2F_5054_5448,
            isDigit(bytes[start + 5]), bytes[start + 6] == UInt8(ascii: "."),
            isDigit(bytes[start + 7]), bytes[start + 8] == 0x0D
        else { return .malformed(.version) }
        // The first line of HTTP/2's preface (RFC 9113 § 3.4): a client that asked nobody.
        if method.count == 3, bytes.word(at: method.lowerBound) & 0xFF_FFFF == 0x49_5250 {
            return .malformed(.http2Preface)
        }
        return .unsupportedVersion
    }

    /// The names that `gather` does something about; the others cost no call.
    @inline(__always)
    private static var gathered: UInt64 {
        KnownField.other.bit | KnownField.host.bit | KnownField.contentLength.bit
            | KnownField.transferEncoding.bit | KnownField.connection.bit | KnownField.expect.bit
            | KnownField.authorization.bit | KnownField.contentType.bit | KnownField.te.bit
    }

    /// Notes what a known field says about the message.
    @inline(__always)
    private static func gather(
        _ field: FieldLine, in bytes: Span<UInt8>, into head: inout RequestHead
    ) throws(RequestFault) {
        switch field.known {
        case .other:
            // SECURITY: `Content_Length` is a framing field to servers that fold names.
            if field.name.count == 14 || field.name.count == 17,
                FramingLookAlike.matches(field.name, in: bytes)
            {
                throw .malformed(.framingLookAlike)
            }
        case .host:
            guard head.host == nil else { throw .malformed(.hostRepeated) }
            head.host = field.value
        case .contentLength:
            guard head.contentLength == nil else { throw .malformed(.contentLengthRepeated) }
            guard let length = ContentLength.read(field.value, in: bytes) else {
                throw .malformed(.contentLength)
            }
            head.contentLength = length
        case .transferEncoding:
            guard !head.isChunked else { throw .malformed(.transferEncoding) }
            switch TransferCoding.read(field.value, in: bytes) {
            case .chunked: head.isChunked = true
            case .unknown: throw .unknownTransferCoding
            case .malformed: throw .malformed(.transferEncoding)
            }
        case .connection:
            guard head.connection.read(field.value, in: bytes) else {
                throw .malformed(.connection)
            }
        case .expect:
            guard ASCIIText.isSame(field.value, in: bytes, as: "100-continue") else {
                throw .unmetExpectation
            }
            head.expectsContinue = true
        case .authorization:
            if head.authorization == nil {
                head.authorization = field.value
            } else {
                head.repeatsAuthorization = true
            }
        case .contentType:
            if head.contentType == nil { head.contentType = field.value }
        case .te:
            ConnectionOptions.forEach(field.value, in: bytes) { option in
                if ASCIIText.isSame(option, in: bytes, as: "trailers") {
                    head.acceptsTrailers = true
                }
            }
        case .accept, .cookie, .upgrade, .trailer, .keepAlive, .userAgent, .http2Settings,
            .acceptEncoding, .acceptLanguage, .proxyConnection, .proxyAuthenticate,
            .proxyAuthorization, .date, .server, .via, .forwarded, .realIP, .tracestate,
            .traceparent,
            .requestID, .maxForwards, .forwardedFor, .forwardedHost, .forwardedPort,
            .forwardedProto, .forwardedPrefix:
            break
        }
    }
}
