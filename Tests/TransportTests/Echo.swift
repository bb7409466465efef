import System
import Transport
import Values

/// Sends back what comes; closes when the peer has finished.
final class EchoHandler: StreamHandler {
    func opened(_ stream: ByteStream) {}
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        stream.write(bytes)
        if stream.wantsPause { stream.pauseReading() }
        return bytes.count
    }
    func writable(_ stream: ByteStream) { stream.resumeReading() }
    func ended(_ stream: ByteStream) { stream.close() }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
    func deadlinePassed(_ stream: ByteStream) { stream.abort() }
}

/// Does what a test says, event by event, and tells the test what happened.
final class ScriptedHandler: StreamHandler {
    /// What a handler was told, for the test to read on its own thread.
    enum Event: Equatable, Sendable {
        case accepted, opened, writable, ended, deadlinePassed
        case received(String)
        case failed(TransportFailure)
    }

    private let journal: Journal
    /// Answers how many bytes to consume; all where there is no script.
    var onReceived: ((Span<UInt8>, ByteStream) -> Int)?
    var onOpened: ((ByteStream) -> Void)?
    var onWritable: ((ByteStream) -> Void)?
    var onEnded: ((ByteStream) -> Void)?
    var onDeadline: ((ByteStream) -> Void)?
    var onFailed: ((ByteStream) -> Void)?
    /// Received bytes are only counted, not told.
    var isQuiet = false

    init(_ journal: Journal) { self.journal = journal }

    func opened(_ stream: ByteStream) {
        journal.add(.opened)
        onOpened?(stream)
    }
    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        if !isQuiet { journal.add(.received(bytes.text)) }
        return onReceived?(bytes, stream) ?? bytes.count
    }
    func writable(_ stream: ByteStream) {
        journal.add(.writable)
        onWritable?(stream)
    }
    func ended(_ stream: ByteStream) {
        journal.add(.ended)
        onEnded?(stream)
    }
    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        journal.add(.failed(failure))
        onFailed?(stream)
    }
    func deadlinePassed(_ stream: ByteStream) {
        journal.add(.deadlinePassed)
        onDeadline?(stream)
    }
}

/// What handlers were told, in order; read by the test, on a thread that may block.
final class Journal: Sendable {
    private let events = Mailbox<ScriptedHandler.Event>(capacity: 100_000)
    private let reader: ThreadConfined<Void>

    init() throws { reader = try ThreadConfined(name: "journal", capacity: 16) }

    func add(_ event: ScriptedHandler.Event) { _ = events.send(event) }

    /// The next event; waits for it.
    func next() async throws -> ScriptedHandler.Event? {
        let events = events
        return try await reader.run { _ in events.receive() }
    }

    /// Nothing else will be added: what is left.
    func rest() async throws -> [ScriptedHandler.Event] {
        let events = events
        events.close()
        return try await reader.run { _ in
            var rest: [ScriptedHandler.Event] = []
            while let event = events.receive() { rest.append(event) }
            return rest
        }
    }
}

/// Gives each connection a handler made by a function.
final class Acceptor: StreamAcceptor {
    private let make: (ByteStream) -> any StreamHandler

    init(_ make: @escaping (ByteStream) -> any StreamHandler) { self.make = make }

    func accepted(_ stream: ByteStream) -> any StreamHandler { make(stream) }
}

extension Span<UInt8> {
    var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
    var text: String { String(decoding: array, as: UTF8.self) }
}

extension ByteStream {
    func write(_ bytes: [UInt8]) { write(bytes.span) }
    func write(_ text: String) { write(Array(text.utf8)) }
}

extension EventLoopGroup {
    /// Runs work on the first loop and returns what it returned.
    func run<Answer: Sendable>(
        _ work: @escaping @Sendable (EventLoop) -> Answer
    ) async throws -> Answer {
        let answer: Answer? = await withCheckedContinuation { continuation in
            let accepted = inboxes[0].post { continuation.resume(returning: work($0)) }
            if !accepted { continuation.resume(returning: nil) }
        }
        guard let answer else { throw TransportFailure.stopped }
        return answer
    }
}

/// A group for one test: started, and stopped with what it holds when the body returns.
func withGroup(
    loops: Int = 1, limits: LoopLimits = .fast, _ body: (EventLoopGroup) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: loops, name: "test", limits: limits)
    group.start()
    do {
        try await body(group)
    } catch {
        await group.stop(drainDeadline: .zero)
        throw error
    }
    await group.stop(drainDeadline: .zero)
}

extension LoopLimits {
    /// Sweeps often, so that tests of deadlines take little time.
    static var fast: LoopLimits {
        var limits = LoopLimits()
        limits.sweepInterval = .milliseconds(5)
        // A machine under load must not decide how a test ends.
        limits.closing = .seconds(60)
        limits.lingering = .seconds(60)
        return limits
    }
}

extension EventLoop {
    /// Whether the loop woke up only for its sweeps and a few events: a loop that spins on an event
    /// that nobody takes away makes a hundred thousand ticks a second.
    func rested(since start: MonotonicTime) -> Bool {
        let milliseconds = now.monotonic.duration(since: start).wholeMilliseconds
        return counters.ticks < UInt64(max(milliseconds, 0)) + 500
    }
}
