/// A first-in-first-out queue of row numbers in memory that is allocated once.
struct IndexQueue {
    private var ring: [UInt32]
    private var head = 0
    private(set) var count = 0

    /// A queue of at most so many.
    init(capacity: Int) {
        ring = [UInt32](repeating: 0, count: max(1, capacity))
    }

    /// Appends a row number; a full queue stays as it is, which its owner's bound prevents.
    mutating func push(_ index: Int) {
        guard count < ring.count else { return }
        ring[(head + count) % ring.count] = UInt32(truncatingIfNeeded: index)
        count += 1
    }

    /// Removes and returns the oldest.
    mutating func pop() -> Int? {
        guard count > 0 else { return nil }
        let index = Int(ring[head])
        head = (head + 1) % ring.count
        count -= 1
        return index
    }
}
