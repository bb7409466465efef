/// The field lines of a head, in memory that is used again for each head.
///
/// An array would be asked at each line whether somebody else has it too. A class, so that what is made
/// of a head names its lines without a copy.
///
/// INVARIANT: it is scratch memory of one loop, and what names it lives within one call.
@safe
final class FieldList: RandomAccessCollection {
    private var base: UnsafeMutablePointer<FieldLine>
    private var capacity: Int
    /// How many lines there are.
    private(set) var count = 0

    /// An empty list with room for so many lines; it grows beyond that.
    init(capacity: Int = 16) {
        self.capacity = Swift.max(capacity, 1)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    /// A line, 0 ..< `count`.
    @inline(__always)
    subscript(index: Int) -> FieldLine {
        // The first `count` lines were written, and the span checks for them.
        unsafe Span(_unsafeStart: UnsafePointer(base), count: count)[index]
    }

    /// Adds a line.
    @inline(__always)
    func append(_ line: FieldLine) {
        if count == capacity { grow() }
        // In bounds: there is room for one more.
        unsafe (base + count).initialize(to: line)
        count &+= 1
    }

    /// Forgets all lines and keeps the memory.
    @inline(__always)
    func removeAll() { count = 0 }

    /// Keeps the lines for which the body is true, in their order.
    @inline(__always)
    func keep(where body: (FieldLine) -> Bool) {
        var kept = 0
        var index = 0
        while index < count {
            // In bounds: kept <= index < count.
            let line = unsafe base[index]
            if body(line) {
                if kept != index { unsafe base[kept] = line }
                kept &+= 1
            }
            index &+= 1
        }
        count = kept
    }

    @inline(never)
    private func grow() {
        let next = UnsafeMutablePointer<FieldLine>.allocate(capacity: capacity * 2)
        unsafe next.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = next
        capacity *= 2
    }
}
