/// The deadlines of a loop's streams by slot, side by side. It has one owner: an array would be asked at
/// each of the several writes of a request whether somebody else has it too.
@safe
struct DeadlineColumn: ~Copyable {
    private var base: UnsafeMutablePointer<UInt64>
    private var capacity = 64
    /// How many slots there are.
    private(set) var count = 0

    init() {
        unsafe base = .allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    /// The deadline of a slot, 0 ..< `count`.
    @inline(__always)
    subscript(slot: Int) -> UInt64 {
        get {
            // The first `count` are there, and the span checks for them.
            unsafe Span(_unsafeStart: UnsafePointer(base), count: count)[slot]
        }
        set {
            var span = unsafe MutableSpan(_unsafeStart: base, count: count)
            span[slot] = newValue
        }
    }

    /// Adds a slot.
    mutating func append(_ deadline: UInt64) {
        if count == capacity { grow() }
        // In bounds: there is room for one more.
        unsafe (base + count).initialize(to: deadline)
        count += 1
    }

    private mutating func grow() {
        let next = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        unsafe next.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = next
        capacity *= 2
    }
}
