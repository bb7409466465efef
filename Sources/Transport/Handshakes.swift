import System
import Values

/// The connections of a loop that are not ready yet: how many, in which order they came, and which
/// of them wait for time.
struct Handshakes {
    /// A first-in first-out list whose front is cheap to take.
    private struct Line<Element> {
        private var elements: [Element] = []
        private var head = 0

        var isEmpty: Bool { head == elements.count }
        var first: Element? { isEmpty ? nil : elements[head] }

        mutating func append(_ element: Element) { elements.append(element) }

        mutating func removeFirst() {
            head += 1
            if head == elements.count {
                elements.removeAll(keepingCapacity: head <= 4096)
                head = 0
            } else if head >= 4096 {
                elements.removeFirst(head)
                head = 0
            }
        }
    }

    /// Accepted connections that are not ready.
    private(set) var count = 0
    /// These, by the words of their events, the oldest first; those that are done are still among
    /// them until they come to the front.
    private var order = Line<EventWord>()
    private var waiting = Line<ByteStream>()
    /// Nanoseconds spent in this tick.
    private(set) var spent: UInt64 = 0

    /// Nothing was done in this tick, and nothing waits.
    var isIdle: Bool { spent == 0 && waiting.isEmpty }
    var isWaiting: Bool { !waiting.isEmpty }

    mutating func came(_ word: EventWord) {
        count += 1
        order.append(word)
    }

    mutating func left() { count -= 1 }

    /// The oldest that came; it is on the list no more.
    mutating func takeOldest() -> EventWord? {
        defer { if !order.isEmpty { order.removeFirst() } }
        return order.first
    }

    /// Takes those at the front off the list that a function says are over.
    mutating func forget(while isOver: (EventWord) -> Bool) {
        while let word = order.first, isOver(word) { order.removeFirst() }
    }

    mutating func wait(_ stream: ByteStream) { waiting.append(stream) }

    mutating func takeWaiting() -> ByteStream? {
        defer { if !waiting.isEmpty { waiting.removeFirst() } }
        return waiting.first
    }

    mutating func spend(_ nanoseconds: UInt64) { spent &+= nanoseconds }
    mutating func beginTick() { spent = 0 }
}

extension EventLoop {
    /// An accepted connection has to get ready. Where too many do, the oldest gives way: a client
    /// needs a round trip, whoever only holds the place needs it as long as possible.
    func enterHandshakes(_ stream: ByteStream) {
        handshakes.forget { streams[$0]?.phase != .preparing }
        handshakes.came(EventWord(rawValue: stream.word))
        while handshakes.count > limits.handshakes, let word = handshakes.takeOldest() {
            if let oldest = streams[word], oldest.phase == .preparing {
                oldest.preparingFailed(.evicted)
            }
        }
    }

    func leaveHandshakes(_ stream: ByteStream) {
        if !stream.isOutgoing { handshakes.left() }
    }

    /// Goes on with a stream's handshake now, or at the end of a tick that has time for it.
    func shakeHands(_ stream: ByteStream) {
        guard let preparation = stream.preparation, !preparation.isQueued else { return }
        if handshakes.isWaiting || handshakes.spent >= handshakeNanoseconds {
            preparation.isQueued = true
            handshakes.wait(stream)
        } else {
            timedHandshake(stream)
        }
    }

    /// At the end of a tick: those that wait, as long as there is time, and one in any case.
    func runHandshakes() {
        var isFirst = true
        while isFirst || handshakes.spent < handshakeNanoseconds,
            let stream = handshakes.takeWaiting()
        {
            isFirst = false
            stream.preparation?.isQueued = false
            timedHandshake(stream)
        }
        handshakes.beginTick()
    }

    private func timedHandshake(_ stream: ByteStream) {
        let start = Clocks.monotonic()
        stream.continueHandshake()
        handshakes.spend(Clocks.monotonic().nanoseconds(since: start))
    }
}
