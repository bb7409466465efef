import CSystem
package import Values

/// A connection: bytes in, bytes out, one deadline. Lives on one loop.
///
/// What cannot be sent at once, and what the handler does not consume at once, is kept in blocks of
/// the loop's pool; a stream at rest owns none. No handler method is called from inside a method of
/// the stream: what goes wrong in a write is told at the end of the tick.
package final class ByteStream {
    /// The life of a stream.
    enum Phase: UInt8 {
        /// The connection is being made.
        case connecting
        /// A PROXY header or a TLS handshake is awaited; the handler hears nothing yet.
        case preparing
        /// The handler is told of everything.
        case open
        /// Closed by the handler; what is unsent is still sent.
        case flushing
        /// Closed by the handler; what still comes is read and dropped, so that our last bytes are
        /// not lost to a reset.
        case lingering
        /// Gone.
        case closed
    }

    /// Unsent output above this should pause its source.
    package static var highMark: Int { 64 * 1024 }
    /// Unsent output below this resumes it.
    package static var lowMark: Int { 32 * 1024 }

    /// The loop that everything here happens on.
    package let loop: EventLoop
    /// The other end: what a PROXY header announced, else the socket's own.
    package internal(set) var peer: SocketAddress
    /// The other end of the socket itself.
    package let transportPeer: SocketAddress
    /// Whether we asked for the connection.
    package let isOutgoing: Bool
    /// The index in the loop's tables.
    let slot: Int
    /// What epoll gives back with an event: slot and generation.
    let word: UInt64
    /// Open until the phase is `closed`.
    let descriptor: Int32

    var phase: Phase
    var handler: (any StreamHandler)?
    /// What is left to do before the handler is told of the connection; nil from then on.
    var preparation: StreamPreparation?
    /// Nil in clear text.
    var session: TLSSession?
    var input = InputRest()
    var output = OutputQueue()
    /// The events that epoll reports now.
    var interest: UInt32 = 0
    /// Taken out of epoll, since both directions are over and it would report that without end.
    var isDetached = true
    /// The handler's `received` is running.
    var isDelivering = false
    /// Kept input is to be given again: when `received` returns, or when the tick ends.
    var wantsRedelivery = false
    /// In the loop's list of streams to look at when the tick ends.
    var isPending = false
    /// The kernel takes nothing more from us.
    var outputFailure: TransportFailure?
    /// The failure is to be told when the tick ends.
    var tellsOutputFailure = false
    /// Unsent output was above the high mark.
    var owesWritable = false
    var finishRequested = false
    var lingersAfterFlush = false
    /// The peer said under TLS that nothing follows; the handler is told when it reads again.
    var owesEnd = false

    /// Whether the handler asked for no input.
    package private(set) var isReadingPaused = false
    /// Whether the peer has finished sending.
    package internal(set) var hasEnded = false
    /// Whether the peer's end is proven: in clear text whenever it has finished, under TLS only when
    /// it said so before it left.
    ///
    /// SECURITY: an answer that the end of the connection delimits is complete only then; anybody on
    /// the way can end a connection.
    package internal(set) var endedCleanly = false
    /// Bytes read so far, as they came over the wire.
    package internal(set) var bytesReceived: UInt64 = 0
    /// Bytes that the kernel took so far, as they go over the wire.
    package internal(set) var bytesSent: UInt64 = 0

    init(
        loop: EventLoop, descriptor: Int32, peer: SocketAddress, isOutgoing: Bool, slot: Int,
        word: UInt64, preparation: StreamPreparation?
    ) {
        self.loop = loop
        self.descriptor = descriptor
        self.peer = peer
        self.preparation = preparation
        transportPeer = peer
        self.isOutgoing = isOutgoing
        self.slot = slot
        self.word = word
        phase = isOutgoing ? .connecting : preparation == nil ? .open : .preparing
    }

    /// Whether the handler may still use the stream: until it closes or aborts it, or it fails.
    package var isOpen: Bool {
        phase == .open || phase == .connecting || phase == .preparing
    }

    /// What is known of the connection's TLS; nil in clear text, and before the handshake is done.
    package var tls: TLSFacts? { phase == .open ? session?.facts : nil }

    /// How many written bytes the kernel did not take yet.
    package var unsentBytes: Int { output.count + (preparation?.early.count ?? 0) }

    /// Whether so much is unsent that the source should pause.
    package var wantsPause: Bool { unsentBytes > Self.highMark }

    /// When the handler wants to be told that too much time passed; looked at every sweep.
    package var deadline: MonotonicTime? {
        get { isOpen ? loop.deadline(of: slot) : nil }
        set { if isOpen { loop.setDeadline(of: slot, to: newValue) } }
    }

    /// Asks for no more input. Costs nothing until something comes.
    package func pauseReading() {
        isReadingPaused = true
    }

    /// Asks for input again. What was kept is given at the end of this tick.
    package func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        guard isOpen else { return }
        if isDelivering {
            wantsRedelivery = true
        } else if input.count > 0 {
            wantsRedelivery = true
            loop.look(at: self)
        } else if owesEnd {
            loop.look(at: self)
        }
        guard phase == .open, !hasEnded else { return }
        arm(gatehouse_event_in | gatehouse_event_read_hang_up)
    }

    /// Sends bytes: at once what the kernel takes, the rest when it takes more.
    ///
    /// Before the connection is there everything is kept; after a failure everything is dropped.
    package func write(_ bytes: Span<UInt8>) {
        guard mayWrite else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            if let session {
                unsafe writeRecords(bytes, UnsafeRawBufferPointer(start: nil, count: 0), session)
                return
            }
            let taken = canSendNow ? unsafe send(bytes) : 0
            unsafe keep(bytes, from: taken)
        }
    }

    /// Sends two pieces one after the other, in one system call where nothing waits.
    package func write(_ first: Span<UInt8>, _ second: Span<UInt8>) {
        guard mayWrite else { return }
        unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                if let session {
                    unsafe writeRecords(first, second, session)
                    return
                }
                let taken = canSendNow ? unsafe send(first, second) : 0
                unsafe keep(first, from: min(taken, first.count))
                unsafe keep(second, from: max(taken - first.count, 0))
            }
        }
    }

    /// Tells the peer that nothing follows, once everything is sent. Reading goes on.
    package func finishWriting() {
        guard isOpen, !finishRequested else { return }
        finishRequested = true
        guard phase == .open else { return }
        if let session { endRecords(session) }
        if output.isEmpty { sendFinish() }
    }

    /// Lets go of the handler, sends what is unsent, and closes.
    package func close() {
        guard isOpen else { return }
        handler = nil
        if phase == .open, let session { endRecords(session) }
        guard phase == .open, !output.isEmpty, outputFailure == nil else {
            destroy()
            return
        }
        startFlushing()
    }

    /// Like `close`, but then reads for a moment what the peer still sends.
    ///
    /// Closing a socket with unread input makes the kernel send a reset, and the peer may lose our
    /// last answer to it. For an answer given while the client is still sending.
    package func closeLingering() {
        guard isOpen else { return }
        guard phase == .open, !hasEnded, outputFailure == nil else {
            close()
            return
        }
        handler = nil
        if let session { endRecords(session) }
        if outputFailure != nil {
            destroy()
        } else if output.isEmpty {
            startLingering()
        } else {
            lingersAfterFlush = true
            startFlushing()
        }
    }

    /// Closes at once with a reset; what is unsent is dropped.
    package func abort() {
        guard phase != .closed else { return }
        _ = gatehouse_reset_on_close(descriptor)
        destroy()
    }
}
