import CSystem
import System
import Values

/// One thread that waits for events of its descriptors and tells their handlers.
///
/// Everything that lives on a loop is confined to its thread by type: nothing here is `Sendable`.
/// From elsewhere a loop is reached through its `Inbox`. Each tick waits, reads both clocks once,
/// tells the handlers, runs posted work, looks at the streams that asked for it, and every so often
/// sweeps the deadlines.
@safe
package final class EventLoop {
    /// The number of this loop in its group.
    package let index: Int
    /// The way to this loop from other threads.
    package let inbox: Inbox
    /// The time of this tick.
    package internal(set) var now: LoopTime
    /// What this loop has done.
    package internal(set) var counters = LoopCounters()
    /// Whether the group is stopping: what is under way should end soon, and nothing new begin.
    package internal(set) var isDraining = false

    let limits: LoopLimits
    let quota: AcceptQuota
    let spread: Spread
    let epoll: Int32
    /// Where all streams read; what a handler gets lies here, hence only during its call.
    let readBuffer: UnsafeMutableRawBufferPointer
    let records = TLSRecords()
    var pool: BlockPool
    var streams: StreamTable
    var handshakes = Handshakes()
    let handshakeNanoseconds: UInt64
    var listeners: [Listener] = []
    /// A descriptor to give up when a connection to an upstream finds none left.
    var spare: Descriptor?

    private let events: UnsafeMutableBufferPointer<gatehouse_event>
    private var pending: [ByteStream] = []
    private var spareWork: [Inbox.Work] = []
    private var attachments: [AttachmentKey: AnyObject] = [:]
    private var tickHooks: [(EventLoop) -> Void] = []
    private var sweepHooks: [(EventLoop) -> Void] = []
    private var stopHooks: [(EventLoop) -> Void] = []
    private var nextSweep: MonotonicTime
    private var stopsAt: MonotonicTime?
    /// The last handlers are being told; nothing new may begin.
    private(set) var hasEnded = false

    init(index: Int, inbox: Inbox, limits: LoopLimits, quota: AcceptQuota, spread: Spread) {
        self.index = index
        self.inbox = inbox
        self.limits = limits
        self.quota = quota
        self.spread = spread
        epoll = inbox.epoll.number
        unsafe readBuffer = .allocate(byteCount: 65_536, alignment: 64)
        unsafe events = .allocate(capacity: 256)
        unsafe events.initialize(repeating: gatehouse_event())
        pool = BlockPool(limit: limits.bufferBytes)
        handshakeNanoseconds = UInt64(max(limits.handshakeTime.wholeNanoseconds, 0))
        streams = StreamTable()
        now = LoopTime(monotonic: Clocks.monotonic(), wall: Clocks.wall())
        nextSweep = now.monotonic.advanced(by: limits.sweepInterval)
        spare = Descriptor(answer: gatehouse_eventfd())
        _ = gatehouse_epoll_add(
            epoll, inbox.wake.number, gatehouse_event_in, EventWord.inbox.rawValue)
    }

    deinit {
        unsafe readBuffer.deallocate()
        unsafe events.deallocate()
    }

    /// How many streams live on this loop, outgoing ones included.
    package var streamCount: Int { streams.count }

    /// How many of them came in through a listener.
    package var acceptedStreamCount: Int { streams.acceptedCount }

    /// Memory on loan to streams: input that waits, output that the kernel does not take.
    package var lentBytes: Int { pool.lent }

    /// Gives the loop an object of its own, so that work posted to the loop finds it.
    ///
    /// One object for each type and key; a later one replaces it.
    package func attach<T: AnyObject>(_ object: T, key: Int = 0) {
        attachments[AttachmentKey(type: ObjectIdentifier(T.self), key: key)] = object
    }

    /// The loop's own object of a type.
    package func attached<T: AnyObject>(_ type: T.Type, key: Int = 0) -> T? {
        attachments[AttachmentKey(type: ObjectIdentifier(type), key: key)] as? T
    }

    /// Forgets an attached object.
    package func detach<T: AnyObject>(_ type: T.Type, key: Int = 0) {
        attachments[AttachmentKey(type: ObjectIdentifier(type), key: key)] = nil
    }

    /// Calls a function at the end of every tick, from now on.
    package func onTickEnd(_ hook: @escaping (EventLoop) -> Void) {
        tickHooks.append(hook)
    }

    /// Calls a function after every sweep of the deadlines, from now on.
    package func onSweep(_ hook: @escaping (EventLoop) -> Void) {
        sweepHooks.append(hook)
    }

    /// Calls a function once, when the group begins to stop.
    package func onStop(_ hook: @escaping (EventLoop) -> Void) {
        if isDraining { hook(self) } else { stopHooks.append(hook) }
    }
}

extension EventLoop {
    /// Runs until the group has stopped and everything has ended, or the time for that is over.
    func run() {
        while !isOver {
            let count = unsafe gatehouse_epoll_wait(
                epoll, events.baseAddress, 256, waitMilliseconds)
            readClocks()
            counters.ticks &+= 1
            if count > 0 {
                for index in 0..<min(count, 256) {
                    let event = unsafe events[index]
                    dispatch(event.events, EventWord(rawValue: event.word))
                }
            }
            if !handshakes.isIdle { runHandshakes() }
            if !pending.isEmpty { settlePending() }
            if !tickHooks.isEmpty { for hook in tickHooks { hook(self) } }
            if now.monotonic >= nextSweep { sweep() }
        }
        end()
    }

    /// Asks the loop to end when its accepted streams have ended, at the latest at the deadline.
    func beginStop(deadline: Duration) {
        guard stopsAt == nil else { return }
        stopsAt = now.monotonic.advanced(by: deadline)
        isDraining = true
        let hooks = stopHooks
        stopHooks = []
        for hook in hooks { hook(self) }
    }

    /// Looks at a stream again when the tick ends.
    func look(at stream: ByteStream) {
        guard !stream.isPending else { return }
        stream.isPending = true
        pending.append(stream)
    }

    func deadline(of slot: Int) -> MonotonicTime? { streams.deadline(of: slot) }

    func setDeadline(of slot: Int, to deadline: MonotonicTime?) {
        streams.setDeadline(of: slot, to: deadline)
    }

    /// The stream is gone from the loop.
    func release(_ stream: ByteStream) {
        streams.remove(stream)
        if !stream.isOutgoing {
            quota.release()
            spread.left(index)
        }
    }

    private var isOver: Bool {
        guard let stopsAt else { return false }
        return streams.acceptedCount == 0 || now.monotonic >= stopsAt
    }

    private var waitMilliseconds: Int32 {
        guard pending.isEmpty, !handshakes.isWaiting else { return 0 }
        // In whole numbers: arithmetic on `Duration` costs 200 instructions, here once a tick.
        let (left, isPast) = nextSweep.nanoseconds
            .subtractingReportingOverflow(now.monotonic.nanoseconds)
        return isPast ? 0 : Int32(min(left / 1_000_000 + 1, 1000))
    }

    private func readClocks() {
        now = LoopTime(monotonic: Clocks.monotonic(), wall: Clocks.wall())
    }

    private func dispatch(_ events: UInt32, _ word: EventWord) {
        if let stream = streams[word] {
            stream.happened(events)
        } else if word == .inbox {
            runInbox()
        } else if let index = word.listener {
            if let listener = listeners.first(where: { $0.number == index }) {
                listener.acceptable(on: self)
            }
        } else {
            counters.staleEvents &+= 1
        }
    }

    private func runInbox() {
        var work = inbox.takeAll(spare: spareWork)
        spareWork = []
        for item in work { item(self) }
        work.removeAll(keepingCapacity: work.capacity <= 1024)
        spareWork = work
    }

    /// Streams that ask again meanwhile are looked at in the next tick: nobody starves the others.
    private func settlePending() {
        let streams = pending
        pending = []
        pending.reserveCapacity(min(streams.count, 64))
        for stream in streams { stream.settle() }
    }

    private func sweep() {
        nextSweep = now.monotonic.advanced(by: limits.sweepInterval)
        var slot = 0
        while let stream = streams.nextExpired(from: &slot, now: now.monotonic) {
            stream.expired()
        }
        if spare == nil { spare = Descriptor(answer: gatehouse_eventfd()) }
        for listener in listeners { listener.resume(on: self) }
        for hook in sweepHooks { hook(self) }
    }

    private func end() {
        hasEnded = true
        for listener in listeners { listener.remove(from: self) }
        listeners = []
        stopHooks = []
        for stream in streams.all { stream.fail(.stopped) }
        for item in inbox.close() { item(self) }
        pending = []
        handshakes = Handshakes()
        attachments = [:]
        tickHooks = []
        sweepHooks = []
    }
}

/// What the loop's own objects are found by.
private struct AttachmentKey: Hashable {
    let type: ObjectIdentifier
    let key: Int
}
