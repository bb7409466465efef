/// Reads and copies of many bytes at once. The only file of this module that leaves the
/// bounds-checked subset, and each read is bounds-checked all the same.
extension Span where Element == UInt8 {
    /// Eight bytes as a little-endian number.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // Any eight bytes are a valid UInt64; the offset is checked by the call.
        unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// A copy of these bytes.
    func array(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(self, range)
        return copy
    }

    /// The text of these bytes; what is no UTF-8 becomes U+FFFD.
    func text(_ range: Range<Int>) -> String {
        String(decoding: array(range), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Adds a part of the bytes.
    @inline(__always)
    package mutating func append(_ source: Span<UInt8>, _ range: Range<Int>) {
        let part = source.extracting(range)
        unsafe part.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Adds all of the bytes.
    @inline(__always)
    mutating func append(_ source: Span<UInt8>) {
        unsafe source.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Adds constant text without making a `String` of it.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
