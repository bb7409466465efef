/// The input of a stream that its handler did not consume: one run of bytes in one block, or nothing.
@safe
struct InputRest {
    private(set) var block: Block?
    private(set) var start = 0
    private(set) var end = 0

    /// How many bytes wait.
    var count: Int { end - start }

    /// Keeps a copy of bytes; nothing may be kept yet. False when there is no memory for them.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, pool: inout BlockPool) -> Bool {
        guard let base = bytes.baseAddress, unsafe !bytes.isEmpty else { return true }
        guard bytes.count <= BlockPool.sizes[2], let taken = pool.take(atLeast: bytes.count) else {
            return false
        }
        unsafe taken.base.copyMemory(from: base, byteCount: bytes.count)
        block = taken
        start = 0
        end = bytes.count
        return true
    }

    /// Keeps a copy of bytes behind those that wait, in one run. False when there is no memory.
    mutating func append(_ bytes: UnsafeRawBufferPointer, pool: inout BlockPool) -> Bool {
        guard let current = block else { return unsafe keep(bytes, pool: &pool) }
        guard let base = bytes.baseAddress, unsafe !bytes.isEmpty else { return true }
        if current.capacity - end < bytes.count {
            let all = count + bytes.count
            var target = current
            if all > current.capacity {
                // Twice as much, so that a byte at a time is not copied with each.
                guard all <= BlockPool.sizes[3],
                    let larger = pool.take(atLeast: max(all, current.capacity + 1))
                else { return false }
                target = larger
            }
            unsafe target.base.copyMemory(
                from: current.base.advanced(by: start), byteCount: count)
            if unsafe target.base != current.base { pool.give(current) }
            block = target
            end -= start
            start = 0
            unsafe target.base.advanced(by: end).copyMemory(from: base, byteCount: bytes.count)
        } else {
            unsafe current.base.advanced(by: end).copyMemory(from: base, byteCount: bytes.count)
        }
        end += bytes.count
        return true
    }

    /// Makes room behind the bytes for at least a quarter of the block, by moving them to the front
    /// or into a larger block. Nil when the largest is full, or the pool has nothing.
    ///
    /// The bytes are copied as often as the block doubles, not once per read: a slow sender costs
    /// no more than a fast one.
    mutating func room(pool: inout BlockPool) -> UnsafeMutableRawBufferPointer? {
        guard var current = block else { return nil }
        if current.capacity - end < current.capacity / 4 {
            if count <= current.capacity / 2 {
                unsafe current.base.copyMemory(
                    from: current.base.advanced(by: start), byteCount: count)
            } else if current.capacity < BlockPool.sizes[2] {
                guard let larger = pool.take(atLeast: current.capacity + 1) else { return nil }
                unsafe larger.base.copyMemory(
                    from: current.base.advanced(by: start), byteCount: count)
                pool.give(current)
                current = larger
                block = larger
            } else if start > 0 {
                unsafe current.base.copyMemory(
                    from: current.base.advanced(by: start), byteCount: count)
            } else if end == current.capacity {
                return nil
            } else {
                return unsafe UnsafeMutableRawBufferPointer(
                    start: current.base.advanced(by: end), count: current.capacity - end)
            }
            end -= start
            start = 0
        }
        return unsafe UnsafeMutableRawBufferPointer(
            start: current.base.advanced(by: end), count: current.capacity - end)
    }

    /// So many bytes were read into the room.
    mutating func grew(by count: Int) {
        end += count
    }

    /// The waiting bytes.
    var bytes: UnsafeRawBufferPointer {
        guard let block else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: block.base.advanced(by: start), count: count)
    }

    /// So many bytes at the front were consumed; the block goes back when none are left.
    mutating func consumed(_ count: Int, pool: inout BlockPool) {
        start += min(count, self.count)
        if start == end { drop(pool: &pool) }
    }

    /// Forgets the bytes and gives the block back.
    mutating func drop(pool: inout BlockPool) {
        if let block { pool.give(block) }
        block = nil
        start = 0
        end = 0
    }
}
