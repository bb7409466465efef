/// Bytes that are written piece by piece: lines of a log, heads of messages.
///
/// It does what `[UInt8]` does for a reused buffer, at a fraction of the instructions: it has one
/// owner, so that a write looks at no reference count, and constant text is stored without a call. An
/// array costs 120 instructions for each piece, this 10 to 30. Every write checks that there is room.
///
/// `@usableFromInline`, because without it nothing of a `package` type is inlined into another module:
/// each piece would be a call, and constant text no longer constant.
@safe
@usableFromInline
package struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    /// How many bytes were written.
    @usableFromInline package var count = 0

    /// An empty buffer with room for so many bytes; it grows beyond that.
    package init(capacity: Int = 0) {
        self.capacity = max(capacity, 16)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    /// Whether nothing was written.
    @inlinable package var isEmpty: Bool { count == 0 }

    /// Forgets the bytes and keeps the memory.
    @inlinable package mutating func removeAll() { count = 0 }

    /// Forgets the bytes behind the first so many.
    package mutating func truncate(to length: Int) { count = min(max(length, 0), count) }

    /// Forgets the bytes, and gives back memory beyond so many bytes.
    package mutating func removeAll(keepingAtMost limit: Int) {
        count = 0
        guard capacity > max(limit, 16) else { return }
        self = ByteBuffer(capacity: limit)
    }

    /// Gives the bytes to a function.
    @inlinable @inline(__always)
    package func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // In bounds: the first `count` bytes were written.
        try body(unsafe Span(_unsafeStart: UnsafePointer(base), count: count))
    }

    /// A copy of the bytes.
    package func array() -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: base, count: count))
    }

    /// Adds the bytes to an array, and forgets them.
    package mutating func move(to array: inout [UInt8]) {
        unsafe array.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        removeAll()
    }

    /// Makes room for so many more bytes.
    @inlinable @inline(__always)
    package mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(by: more) }
    }

    /// At least doubles, so that a buffer that is filled byte by byte is not copied each time.
    @usableFromInline @inline(never)
    mutating func grow(by more: Int) {
        let size = max(capacity * 2, count + more)
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        unsafe next.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = next
        capacity = size
    }
}

extension ByteBuffer {
    /// Adds one byte.
    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[count] = byte
        count &+= 1
    }

    /// Adds eight bytes, the lowest first.
    @inlinable @inline(__always)
    package mutating func append(word: UInt64) {
        reserve(8)
        unsafe UnsafeMutableRawPointer(base + count).storeBytes(
            of: word.littleEndian, as: UInt64.self)
        count &+= 8
    }

    /// Adds constant text.
    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        unsafe (base + count).initialize(from: text.utf8Start, count: length)
        count &+= length
    }

    /// Adds bytes.
    @inlinable @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Adds a part of the bytes.
    @inlinable @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Adds bytes.
    @inlinable @inline(__always)
    package mutating func append(_ bytes: borrowing [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Adds a part of the bytes.
    @inlinable @inline(__always)
    package mutating func append(_ bytes: borrowing [UInt8], _ range: Range<Int>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0.extracting(range)) }
    }

    /// Adds the UTF-8 bytes of a text.
    package mutating func append(text: String) {
        append(text.utf8.span)
    }

    @usableFromInline @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        let length = bytes.count
        guard length > 0, let source = bytes.baseAddress else { return }
        reserve(length)
        unsafe (base + count).initialize(from: source, count: length)
        count &+= length
    }
}
