/// Output that the kernel did not take yet: blocks in order. Owns memory only while something waits.
@safe
struct OutputQueue {
    private struct Segment {
        let block: Block
        var start: Int
        var end: Int
    }

    private var segments: [Segment] = []
    private var first = 0
    /// How many bytes wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Appends a copy of bytes. False when the pool has no memory; then the queue is useless, since
    /// a part of them may be missing.
    mutating func append(_ bytes: UnsafeRawBufferPointer, pool: inout BlockPool) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var offset = 0
        if let last = segments.indices.last {
            offset = unsafe fill(last, from: bytes, offset: 0)
        }
        while offset < bytes.count {
            let left = bytes.count - offset
            guard let block = pool.take(atLeast: min(left, BlockPool.sizes[2])) else {
                return false
            }
            let part = min(left, block.capacity)
            unsafe block.base.copyMemory(from: base.advanced(by: offset), byteCount: part)
            segments.append(Segment(block: block, start: 0, end: part))
            count += part
            offset += part
        }
        return true
    }

    /// The bytes to send next.
    var front: UnsafeRawBufferPointer {
        guard first < segments.count else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let segment = segments[first]
        return unsafe UnsafeRawBufferPointer(
            start: segment.block.base.advanced(by: segment.start),
            count: segment.end - segment.start)
    }

    /// So many bytes of the front were sent.
    mutating func sent(_ number: Int, pool: inout BlockPool) {
        guard first < segments.count else { return }
        segments[first].start += number
        count -= number
        guard segments[first].start == segments[first].end else { return }
        pool.give(segments[first].block)
        first += 1
        if first == segments.count {
            // A queue that is empty owns nothing, not even its array.
            segments = []
            first = 0
        } else if first >= 64 {
            segments.removeFirst(first)
            first = 0
        }
    }

    /// Forgets everything and gives the blocks back.
    mutating func drop(pool: inout BlockPool) {
        for segment in segments[first...] { pool.give(segment.block) }
        segments = []
        first = 0
        count = 0
    }

    private mutating func fill(
        _ index: Int, from bytes: UnsafeRawBufferPointer, offset: Int
    ) -> Int {
        let segment = segments[index]
        let part = min(segment.block.capacity - segment.end, bytes.count - offset)
        guard part > 0, let base = bytes.baseAddress else { return 0 }
        unsafe segment.block.base.advanced(by: segment.end)
            .copyMemory(from: base.advanced(by: offset), byteCount: part)
        segments[index].end += part
        count += part
        return part
    }
}
