import Values

/// What comes back from epoll with an event: never a pointer, so that a late event for a stream that
/// is gone finds nothing.
struct EventWord: RawRepresentable, Equatable {
    let rawValue: UInt64

    /// The inbox of the loop.
    static var inbox: EventWord { EventWord(rawValue: .max) }

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(slot: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(slot)
    }

    init(listener number: UInt32) {
        rawValue = 1 << 31 | UInt64(number)
    }

    /// The index of a stream's slot.
    var slot: Int { Int(rawValue & 0x7FFF_FFFF) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
    /// The number of a listener.
    var listener: UInt32? {
        rawValue & 1 << 31 == 0 ? nil : UInt32(truncatingIfNeeded: rawValue) & 0x7FFF_FFFF
    }
}

/// The streams of a loop by slot. Deadlines lie side by side, so that a sweep over ten thousand
/// streams reads 80 KiB and touches only those whose time has passed.
struct StreamTable: ~Copyable {
    private var streams: [ByteStream?] = []
    private var generations: [UInt32] = []
    private var deadlines = DeadlineColumn()
    private var free: [Int] = []
    /// How many streams there are.
    private(set) var count = 0
    /// How many of them came in through a listener.
    private(set) var acceptedCount = 0

    /// The stream that an event belongs to.
    subscript(word: EventWord) -> ByteStream? {
        let slot = word.slot
        guard slot < streams.count, word.rawValue & 1 << 31 == 0,
            generations[slot] == word.generation
        else { return nil }
        return streams[slot]
    }

    /// Puts a new stream into a free slot.
    mutating func add(_ make: (_ slot: Int, _ word: EventWord) -> ByteStream) -> ByteStream {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = streams.count
            streams.append(nil)
            generations.append(1)
            deadlines.append(.max)
        }
        let stream = make(slot, EventWord(slot: slot, generation: generations[slot]))
        streams[slot] = stream
        count += 1
        if !stream.isOutgoing { acceptedCount += 1 }
        return stream
    }

    /// Frees the slot of a stream; events on their way to it find nothing.
    mutating func remove(_ stream: ByteStream) {
        let slot = stream.slot
        guard streams[slot] === stream else { return }
        streams[slot] = nil
        generations[slot] &+= 1
        deadlines[slot] = .max
        free.append(slot)
        count -= 1
        if !stream.isOutgoing { acceptedCount -= 1 }
    }

    func deadline(of slot: Int) -> MonotonicTime? {
        deadlines[slot] == .max ? nil : MonotonicTime(nanoseconds: deadlines[slot])
    }

    mutating func setDeadline(of slot: Int, to deadline: MonotonicTime?) {
        deadlines[slot] = deadline?.nanoseconds ?? .max
    }

    /// The next stream whose deadline has passed, from a slot on; its deadline is cleared.
    mutating func nextExpired(from start: inout Int, now: MonotonicTime) -> ByteStream? {
        while start < deadlines.count {
            let slot = start
            start += 1
            guard deadlines[slot] <= now.nanoseconds else { continue }
            deadlines[slot] = .max
            if let stream = streams[slot] { return stream }
        }
        return nil
    }

    /// All streams, as they are now.
    var all: [ByteStream] { streams.compactMap { $0 } }
}
