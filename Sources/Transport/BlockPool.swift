/// A piece of a loop's memory, on loan to a stream.
@safe
struct Block {
    /// The first byte.
    let base: UnsafeMutableRawPointer
    /// How many bytes there are.
    let capacity: Int
}

/// A loop's memory for bytes that wait: partial heads, input of paused streams, unsent output.
///
/// Blocks come in four sizes. INVARIANT: what is on loan never exceeds `limit`; what lies unused is
/// at most `idleBytes`, the rest goes back to the C library.
struct BlockPool: ~Copyable {
    /// The sizes of blocks. The third is the most input that one stream may leave unconsumed; the
    /// last holds that and what was opened behind it, since records are opened as they were read.
    static var sizes: [4 of Int] { [4096, 16_384, 65_536, 131_072] }
    private static var idleBytes: Int { 4 * 1024 * 1024 }

    private let limit: Int
    private var free: [4 of [Block]] = [[], [], [], []]
    private var freeBytes = 0
    /// Bytes on loan.
    private(set) var lent = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// A block of at least so many bytes (at most the largest size); nil when the limit is reached.
    mutating func take(atLeast count: Int) -> Block? {
        let sizes = Self.sizes
        let index = count <= sizes[0] ? 0 : count <= sizes[1] ? 1 : count <= sizes[2] ? 2 : 3
        guard lent + sizes[index] <= limit else { return nil }
        lent += sizes[index]
        if let block = free[index].popLast() {
            freeBytes -= block.capacity
            return block
        }
        return unsafe Block(
            base: .allocate(byteCount: sizes[index], alignment: 16), capacity: sizes[index])
    }

    /// Takes a block back.
    mutating func give(_ block: Block) {
        lent -= block.capacity
        let sizes = Self.sizes
        guard freeBytes + block.capacity <= Self.idleBytes else {
            unsafe block.base.deallocate()
            return
        }
        freeBytes += block.capacity
        let capacity = block.capacity
        let index =
            capacity == sizes[0] ? 0 : capacity == sizes[1] ? 1 : capacity == sizes[2] ? 2 : 3
        free[index].append(block)
    }

    deinit {
        for index in free.indices {
            for block in free[index] { unsafe block.base.deallocate() }
        }
    }
}
