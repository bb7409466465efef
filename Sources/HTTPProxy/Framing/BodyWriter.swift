import Transport

/// Writes a body behind a head that may still wait in the loop's buffer, so that both go in one
/// call.
enum BodyWriter {
    /// Data up to this is copied behind what waits; more is sent from where it lies.
    private static let copiedBytes = 16 * 1024

    /// Writes data, framed as a chunk if the body is chunked.
    @inline(__always)
    static func write(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isChunked: Bool, pending: inout ByteBuffer,
        to stream: ByteStream
    ) {
        guard !range.isEmpty else { return }
        if isChunked { appendSize(range.count, to: &pending) }
        if pending.count &+ range.count <= copiedBytes {
            pending.append(bytes, range)
            if isChunked { pending.append("\r\n") }
        } else {
            let data = bytes.extracting(range)
            if pending.isEmpty {
                stream.write(data)
            } else {
                pending.withSpan { stream.write($0, data) }
                pending.removeAll()
            }
            if isChunked { pending.append("\r\n") }
        }
    }

    /// Sends what waits.
    @inline(__always)
    static func flush(_ pending: inout ByteBuffer, to stream: ByteStream) {
        guard !pending.isEmpty else { return }
        pending.withSpan { stream.write($0) }
        pending.removeAll()
    }

    /// Sends bytes that stay where they are.
    static func send(_ bytes: borrowing ByteBuffer, to stream: ByteStream) {
        bytes.withSpan { stream.write($0) }
    }

    private static func appendSize(_ size: Int, to pending: inout ByteBuffer) {
        var shift = (Int.bitWidth - size.leadingZeroBitCount + 3) / 4 * 4
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: size &>> shift) & 0x0F
            pending.append(
                digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ digit &- 10)
        }
        pending.append("\r\n")
    }
}

/// Reads a body as its head framed it.
struct BodyReader {
    private enum Framing {
        case none
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        case untilClose
    }

    private var framing = Framing.none

    /// A reader of a request's body.
    init(_ body: BodyFraming = .none) {
        switch body {
        case .none: framing = .none
        case .length(let length): framing = .length(remaining: length)
        case .chunked: framing = .chunked(ChunkedDecoder())
        }
    }

    /// A reader of an answer's body.
    init(_ body: ResponseFraming) {
        switch body {
        case .none: framing = .none
        case .length(let length): framing = .length(remaining: length)
        case .chunked: framing = .chunked(ChunkedDecoder())
        case .untilClose: framing = .untilClose
        }
    }

    /// How many bytes are left; nil where that is not known.
    var remaining: Int? {
        switch framing {
        case .none: 0
        case .length(let remaining): remaining
        case .chunked, .untilClose: nil
        }
    }

    /// Whether only the end of the connection ends the body.
    var endsWithConnection: Bool {
        if case .untilClose = framing { return true }
        return false
    }

    /// Reads on from `offset` and moves it behind what was read.
    @inline(__always)
    mutating func next(
        _ bytes: Span<UInt8>, at offset: inout Int
    ) throws(BodyFault) -> ChunkedDecoder.Step {
        switch framing {
        case .none:
            return .end
        case .length(let remaining):
            if remaining == 0 { return .end }
            let count = min(remaining, bytes.count &- offset)
            guard count > 0 else { return .needMore }
            let range = offset..<offset &+ count
            offset &+= count
            framing = .length(remaining: remaining &- count)
            return .data(range)
        case .chunked(var decoder):
            let step = try decoder.next(bytes, at: &offset)
            framing = .chunked(decoder)
            return step
        case .untilClose:
            guard offset < bytes.count else { return .needMore }
            let range = offset..<bytes.count
            offset = bytes.count
            return .data(range)
        }
    }
}
