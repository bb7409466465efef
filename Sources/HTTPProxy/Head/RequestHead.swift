import Values

/// The head of a request as it was read: syntax is checked, meaning is not.
///
/// Offsets into the bytes beside it. One per loop, filled again for each request. Only
/// `NormalizedRequest.normalize` makes something of it that others may see.
struct RequestHead: ~Copyable {
    /// The method, the target as it came, and whether the version is HTTP/1.1 (else HTTP/1.0).
    var method = 0..<0
    var target = 0..<0
    var isVersion11 = true
    /// The field lines in order.
    let fields = FieldList(capacity: 128)
    /// Behind the request line, and behind the empty line.
    var requestLineEnd = 0
    var end = 0

    // What was gathered while the lines were read.
    /// The known names that occur, by `KnownField.bit`.
    var present: UInt64 = 0
    var host: Range<Int>?
    var authorization: Range<Int>?
    var repeatsAuthorization = false
    var contentType: Range<Int>?
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    /// Whether `TE` says `trailers`.
    var acceptsTrailers = false
    var connection = ConnectionOptions()

    /// Makes everything empty and keeps the memory.
    mutating func clear() {
        fields.removeAll()
        present = 0
        host = nil
        authorization = nil
        repeatsAuthorization = false
        contentType = nil
        acceptsTrailers = false
        contentLength = nil
        isChunked = false
        expectsContinue = false
        connection = ConnectionOptions()
    }

    /// How the body is framed.
    var body: BodyFraming {
        if isChunked { return .chunked }
        guard let contentLength, contentLength > 0 else { return .none }
        return .length(contentLength)
    }

    /// Whether the client wants the connection to stay: only with HTTP/1.1 and without `close`.
    var keepsAlive: Bool { isVersion11 && !connection.hasClose }
}

/// How the end of a body is told.
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// So many bytes, at least one.
    case length(Int)
    /// Chunks.
    case chunked
}

/// What the `Connection` headers of a head say.
struct ConnectionOptions: Sendable {
    var hasClose = false
    var hasKeepAlive = false
    var hasUpgrade = false
    /// Whether it names fields besides the ones that never pass anyway.
    var namesOthers = false

    /// Reads one value: a list of tokens (RFC 9110 § 7.6.1). Gives false where it is none.
    mutating func read(_ value: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        if ASCIIText.isSame(value, in: bytes, as: "keep-alive") {
            hasKeepAlive = true
            return true
        }
        var index = value.lowerBound
        var isEmpty = true
        while index < value.upperBound {
            while index < value.upperBound, FieldLineScanner.isBlank(bytes[index]) { index &+= 1 }
            let start = index
            while index < value.upperBound, FieldLineScanner.isTokenByte(bytes[index]) {
                index &+= 1
            }
            guard index > start else { return false }
            add(start..<index, in: bytes)
            isEmpty = false
            while index < value.upperBound, FieldLineScanner.isBlank(bytes[index]) { index &+= 1 }
            guard index < value.upperBound else { break }
            guard bytes[index] == UInt8(ascii: ",") else { return false }
            index &+= 1
            guard index < value.upperBound else { return false }
        }
        return !isEmpty
    }

    private mutating func add(_ option: Range<Int>, in bytes: Span<UInt8>) {
        if ASCIIText.isSame(option, in: bytes, as: "keep-alive") {
            hasKeepAlive = true
        } else if ASCIIText.isSame(option, in: bytes, as: "close") {
            hasClose = true
        } else if ASCIIText.isSame(option, in: bytes, as: "upgrade") {
            hasUpgrade = true
        } else {
            namesOthers = true
        }
    }

    /// Calls the body with each option of a value that was read without a fault.
    static func forEach(
        _ value: Range<Int>, in bytes: Span<UInt8>, _ body: (Range<Int>) -> Void
    ) {
        var index = value.lowerBound
        while index < value.upperBound {
            guard FieldLineScanner.isTokenByte(bytes[index]) else {
                index += 1
                continue
            }
            let start = index
            while index < value.upperBound, FieldLineScanner.isTokenByte(bytes[index]) {
                index += 1
            }
            body(start..<index)
        }
    }
}
