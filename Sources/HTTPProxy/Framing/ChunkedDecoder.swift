import Values

/// Takes chunked framing off a body (RFC 9112 § 7.1), strictly.
///
/// Extensions are checked and dropped. Stricter than the RFC: no blank around `;` and `=`, no bare
/// LF, bounded extensions and trailers. What a line needs in order to be read stays unconsumed.
struct ChunkedDecoder {
    /// What was found.
    enum Step {
        /// Bytes of the body.
        case data(Range<Int>)
        /// A trailer field.
        case trailer(FieldLine)
        /// The bytes end before anything else could be found.
        case needMore
        /// The body is over.
        case end
    }

    private enum State {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailers
        case ended
    }

    /// The longest line with a size, and the most that all trailers may take.
    static let lineBytes = 1024
    static let trailerBytes = 8192

    private var state = State.size
    private var trailerTotal = 0

    /// Whether everything was read.
    var isAtEnd: Bool {
        if case .ended = state { return true }
        return false
    }

    /// Reads on from `offset` and moves it behind what was read.
    mutating func next(_ bytes: Span<UInt8>, at offset: inout Int) throws(BodyFault) -> Step {
        while true {
            switch state {
            case .size:
                guard let size = try Self.size(bytes, at: &offset) else { return .needMore }
                state = size == 0 ? .trailers : .data(remaining: size)
            case .data(let remaining):
                let count = min(remaining, bytes.count - offset)
                guard count > 0 else { return .needMore }
                let range = offset..<offset + count
                offset += count
                state = count == remaining ? .dataEnd : .data(remaining: remaining - count)
                return .data(range)
            case .dataEnd:
                guard offset < bytes.count else { return .needMore }
                guard bytes[offset] == 0x0D else { throw .chunkEnd }
                guard offset + 1 < bytes.count else { return .needMore }
                guard bytes[offset + 1] == 0x0A else { throw .chunkEnd }
                offset += 2
                state = .size
            case .trailers:
                return try trailer(bytes, at: &offset)
            case .ended:
                return .end
            }
        }
    }

    private mutating func trailer(
        _ bytes: Span<UInt8>, at offset: inout Int
    ) throws(BodyFault) -> Step {
        let start = offset
        let left = Self.trailerBytes - trailerTotal
        let line: FieldLineScanner.Line
        do {
            line = try FieldLineScanner.next(
                bytes, at: &offset, limit: min(bytes.count, start + left))
        } catch {
            throw .trailer
        }
        trailerTotal += offset - start
        switch line {
        case .field(let field):
            return .trailer(field)
        case .endOfFields:
            state = .ended
            return .end
        case .incomplete:
            if bytes.count - start >= left { throw .trailersTooLarge }
            return .needMore
        }
    }

    /// Reads `1*HEXDIG *( ";" name [ "=" value ] ) CR LF`; nil where the line is not complete.
    private static func size(
        _ bytes: Span<UInt8>, at offset: inout Int
    ) throws(BodyFault) -> Int? {
        var index = offset
        var size = 0
        while index < bytes.count, let digit = Hexadecimal.value(of: bytes[index]) {
            guard index - offset < 16, size <= Int.max >> 4 else { throw .chunkTooLarge }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index < bytes.count else { return nil }
        guard index > offset else { throw .chunkSize }
        while bytes[index] == UInt8(ascii: ";") {
            guard let end = try endOfExtension(bytes, from: index + 1, limit: offset + lineBytes)
            else { return nil }
            index = end
        }
        guard bytes[index] == 0x0D else { throw index == offset ? .chunkSize : .chunkExtension }
        guard index + 1 < bytes.count else { return nil }
        guard bytes[index + 1] == 0x0A else { throw .chunkExtension }
        offset = index + 2
        return size
    }

    /// Behind one extension; nil where the bytes end within it.
    private static func endOfExtension(
        _ bytes: Span<UInt8>, from start: Int, limit: Int
    ) throws(BodyFault) -> Int? {
        func end(of index: Int) throws(BodyFault) -> Bool {
            guard index < limit else { throw .chunkExtensionTooLong }
            return index >= bytes.count
        }
        var index = start
        while try !end(of: index), FieldLineScanner.isTokenByte(bytes[index]) { index += 1 }
        if try end(of: index) { return nil }
        guard index > start else { throw .chunkExtension }
        guard bytes[index] == UInt8(ascii: "=") else { return index }
        index += 1
        if try end(of: index) { return nil }
        let valueStart = index
        guard bytes[index] == UInt8(ascii: "\"") else {
            while try !end(of: index), FieldLineScanner.isTokenByte(bytes[index]) { index += 1 }
            if try end(of: index) { return nil }
            guard index > valueStart else { throw .chunkExtension }
            return index
        }
        index += 1
        while true {
            if try end(of: index) { return nil }
            let byte = bytes[index]
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw .chunkExtension }
            index += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else { continue }
            if try end(of: index) { return nil }
            guard bytes[index] >= 0x20 && bytes[index] != 0x7F || bytes[index] == 0x09 else {
                throw .chunkExtension
            }
            index += 1
        }
        return try end(of: index) ? nil : index
    }
}
