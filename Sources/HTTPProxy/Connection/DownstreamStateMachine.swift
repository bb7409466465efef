/// One client connection under HTTP/1.1: one request at a time. It decides; `DownstreamConnection`
/// acts.
struct DownstreamStateMachine: ~Copyable {
    private enum State {
        /// Between requests: nothing of a head is there.
        case idle
        /// A part of a head is there.
        case head
        /// The head is complete and stays unconsumed: the gate wants to be asked again.
        case held
        /// The body is arriving.
        case receiving
        /// The request is complete; its answer is not.
        case answering
        /// The head was refused; what follows it is no request.
        case refused
        /// The answer is complete; the rest of the body is dropped.
        case draining
        case closed
    }

    private var state = State.idle
    /// Whether the connection may serve another request after this one.
    private var keepsAlive = true
    private var answerHasStarted = false
    private var serverDrains = false

    enum ArrivalAction: Equatable { case readHead, readBody, dropBody, wait, ignore }

    /// What to do with bytes that came.
    func bytesArrived() -> ArrivalAction {
        switch state {
        case .idle, .head: .readHead
        case .receiving: .readBody
        case .draining: .dropBody
        case .held, .answering: .wait
        case .refused: .ignore
        case .closed: .ignore
        }
    }

    enum PartialHeadAction: Equatable { case startHeadDeadline, wait }

    /// The bytes that came do not complete a head.
    mutating func headIncomplete() -> PartialHeadAction {
        switch state {
        case .idle:
            state = .head
            return .startHeadDeadline
        case .head, .held, .receiving, .answering, .refused, .draining, .closed:
            return .wait
        }
    }

    /// A head is complete, and what it asks for is known.
    mutating func headCompleted(hasBody: Bool, keepsAlive: Bool) {
        state = hasBody ? .receiving : .answering
        self.keepsAlive = self.keepsAlive && keepsAlive && !serverDrains
        answerHasStarted = false
    }

    /// A head is refused: where the next one would begin is unknown.
    mutating func headRefused() {
        state = .refused
        keepsAlive = false
        answerHasStarted = false
    }

    /// The gate wants to be asked again about the head.
    mutating func headHeld() {
        state = .held
        answerHasStarted = false
    }

    /// The hold is over: the head is read again.
    mutating func holdEnded() { if case .held = state { state = .head } }

    enum RequestEndAction: Equatable { case waitForAnswer, readNextRequest }

    /// The last byte of the body was read.
    mutating func requestEnded() -> RequestEndAction {
        switch state {
        case .draining:
            state = .idle
            return .readNextRequest
        case .receiving:
            state = .answering
            return .waitForAnswer
        case .idle, .head, .held, .answering, .refused, .closed:
            return .waitForAnswer
        }
    }

    /// An answer begins. Gives whether it must say that the connection ends with it.
    ///
    /// - Parameter canDrain: whether what is left of the body is so little that it may be dropped.
    mutating func answerStarts(canDrain: Bool) -> Bool {
        answerHasStarted = true
        if case .receiving = state, !canDrain { keepsAlive = false }
        if serverDrains { keepsAlive = false }
        return !keepsAlive
    }

    /// The answer that was started ends the connection, whatever the request wanted.
    mutating func mustClose() { keepsAlive = false }

    enum AnswerEndAction: Equatable { case readNextRequest, drain, close, closeLingering }

    /// The last byte of the answer was written.
    mutating func answerEnded() -> AnswerEndAction {
        switch state {
        case .answering where keepsAlive:
            state = .idle
            return .readNextRequest
        case .receiving where keepsAlive:
            state = .draining
            return .drain
        case .answering:
            state = .closed
            return .close
        case .receiving, .held, .idle, .head, .refused, .draining, .closed:
            state = .closed
            return .closeLingering
        }
    }

    enum PeerEndAction: Equatable { case close, abandon, answerThenClose, ignore }

    /// The client will send nothing more.
    mutating func peerEnded() -> PeerEndAction {
        switch state {
        case .idle, .head, .draining:
            state = .closed
            return .close
        case .receiving:
            state = .closed
            return .abandon
        case .held, .answering, .refused:
            keepsAlive = false
            return .answerThenClose
        case .closed:
            return .ignore
        }
    }

    enum DeadlineAction: Equatable { case close, refuseHead, checkBody, checkAnswer }

    /// The deadline passed that was set for the state.
    mutating func deadlinePassed() -> DeadlineAction {
        switch state {
        case .idle, .draining, .closed:
            state = .closed
            return .close
        case .head: return .refuseHead
        case .receiving: return .checkBody
        case .held, .answering, .refused: return .checkAnswer
        }
    }

    /// The connection came while the server drains: it may bring one request.
    mutating func acceptedLate() { serverDrains = true }

    enum DrainAction: Equatable { case closeSoon, finishFirst }

    /// The server takes no more requests, but for one that is on its way.
    mutating func drain() -> DrainAction {
        serverDrains = true
        switch state {
        case .idle: return .closeSoon
        case .head, .held, .receiving, .answering, .refused, .draining, .closed:
            return .finishFirst
        }
    }

    /// Whether the server takes no more requests.
    var isLast: Bool { serverDrains }

    /// Whether a deadline concerns an answer that the client does not read.
    var isAnswering: Bool { answerHasStarted }

    /// Whether the connection is between two requests.
    var isIdle: Bool {
        if case .idle = state { return true }
        return false
    }

    /// Whether the connection is over.
    var isClosed: Bool {
        if case .closed = state { return true }
        return false
    }

    /// The connection is gone, or must go at once.
    mutating func broke() { state = .closed }
}
