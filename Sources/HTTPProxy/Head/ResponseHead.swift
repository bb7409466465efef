/// The head of an upstream's answer as it was read: ranges into the bytes beside it. One per loop.
struct ResponseHead: ~Copyable {
    var status = 0
    var isVersion11 = true
    /// The reason phrase, possibly empty.
    var reason = 0..<0
    /// Behind the status line.
    var statusLineEnd = 0
    let fields = FieldList(capacity: 128)
    /// Behind the empty line.
    var end = 0

    /// The known names that occur, by `KnownField.bit`.
    var present: UInt64 = 0
    var contentLength: Int?
    var isChunked = false
    var hasDate: Bool { present & KnownField.date.bit != 0 }
    var connection = ConnectionOptions()

    /// Makes everything empty and keeps the memory.
    mutating func clear() {
        fields.removeAll()
        present = 0
        contentLength = nil
        isChunked = false
        connection = ConnectionOptions()
    }

    /// How the body is framed, by the rules of RFC 9112 § 6.3 in their order.
    func body(answeringHead: Bool) -> ResponseFraming {
        if answeringHead || status == 204 || status == 304 { return .none }
        if isChunked { return .chunked }
        if let contentLength { return contentLength == 0 ? .none : .length(contentLength) }
        return .untilClose
    }

    /// Whether the connection may serve another request.
    var keepsAlive: Bool {
        isVersion11 ? !connection.hasClose : connection.hasKeepAlive && !connection.hasClose
    }
}

/// How the end of an answer's body is told.
enum ResponseFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// The end of the connection ends it.
    case untilClose
}

/// Reads the head of an answer, as strictly as that of a request.
enum ResponseHeadScanner {
    /// Reads a head that begins at the first byte; gives whether it is complete.
    static func scan(
        _ bytes: Span<UInt8>, limits: HeadScanner.Limits, into head: inout ResponseHead
    ) throws(ResponseFault) -> Bool {
        head.clear()
        let limit = min(bytes.count, limits.headBytes)
        var offset = 0
        guard try statusLine(bytes, at: &offset, limit: limit, into: &head) else {
            return try incomplete(bytes, limits)
        }
        while true {
            let line: FieldLineScanner.Line
            do {
                line = try FieldLineScanner.next(bytes, at: &offset, limit: limit)
            } catch {
                switch error {
                case .lineEnd: throw .lineEnd
                case .name: throw .fieldName
                case .value: throw .fieldValue
                case .folding: throw .folding
                }
            }
            switch line {
            case .field(let field):
                guard head.fields.count < limits.fields else { throw .tooManyFields }
                let bit = field.known.bit
                if bit & gathered != 0 { try gather(field, in: bytes, into: &head) }
                head.present |= bit
                head.fields.append(field)
            case .endOfFields:
                head.end = offset
                if head.isChunked {
                    guard head.contentLength == nil else { throw .bothFramings }
                    guard head.isVersion11 else { throw .transferEncoding }
                }
                return true
            case .incomplete:
                return try incomplete(bytes, limits)
            }
        }
    }

    private static func incomplete(
        _ bytes: Span<UInt8>, _ limits: HeadScanner.Limits
    ) throws(ResponseFault) -> Bool {
        if bytes.count >= limits.headBytes { throw .headTooLarge }
        return false
    }

    /// Reads `HTTP/1.x SP 3DIGIT [SP reason] CR LF`.
    private static func statusLine(
        _ bytes: Span<UInt8>, at offset: inout Int, limit: Int, into head: inout ResponseHead
    ) throws(ResponseFault) -> Bool {
        guard limit >= 14 else { return false }
        switch bytes.word(at: 0) {
        case 0x312E_312F_5054_5448: head.isVersion11 = true
        case 0x302E_312F_5054_5448: head.isVersion11 = false
        default: throw .version
        }
        guard bytes[8] == 0x20 else { throw .statusLine }
        var status = 0
        for index in 9..<12 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .statusLine }
            status = status * 10 + Int(digit)
        }
        guard (100...599).contains(status) else { throw .statusLine }
        head.status = status
        var index = 12
        if bytes[12] == 0x20 { index = 13 }
        let reasonStart = index
        index = bytes.endOfValue(from: index, limit: limit)
        guard index < limit else { return false }
        guard bytes[index] == 0x0D, index == reasonStart || reasonStart == 13 else {
            throw .statusLine
        }
        guard index + 1 < limit else { return false }
        guard bytes[index + 1] == 0x0A else { throw .lineEnd }
        head.reason = reasonStart..<index
        offset = index + 2
        head.statusLineEnd = offset
        return true
    }

    /// The names that `gather` does something about; the others cost no call.
    @inline(__always)
    private static var gathered: UInt64 {
        KnownField.other.bit | KnownField.contentLength.bit | KnownField.transferEncoding.bit
            | KnownField.connection.bit
    }

    @inline(__always)
    private static func gather(
        _ field: FieldLine, in bytes: Span<UInt8>, into head: inout ResponseHead
    ) throws(ResponseFault) {
        switch field.known {
        case .contentLength:
            guard head.contentLength == nil,
                let length = ContentLength.read(field.value, in: bytes)
            else { throw .contentLength }
            head.contentLength = length
        case .transferEncoding:
            guard !head.isChunked, ASCIIText.isSame(field.value, in: bytes, as: "chunked") else {
                throw .transferEncoding
            }
            head.isChunked = true
        case .connection:
            // A malformed list ends the connection with this answer.
            if !head.connection.read(field.value, in: bytes) { head.connection.hasClose = true }
        case .other:
            if field.name.count == 14 || field.name.count == 17,
                FramingLookAlike.matches(field.name, in: bytes)
            {
                throw .fieldName
            }
        case .te, .host, .accept, .cookie, .expect, .upgrade, .trailer, .keepAlive, .userAgent,
            .contentType, .authorization, .http2Settings, .acceptEncoding, .acceptLanguage,
            .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .via, .forwarded, .realIP,
            .tracestate, .traceparent, .requestID, .maxForwards, .date, .server, .forwardedFor,
            .forwardedHost,
            .forwardedPort, .forwardedProto, .forwardedPrefix:
            break
        }
    }
}
