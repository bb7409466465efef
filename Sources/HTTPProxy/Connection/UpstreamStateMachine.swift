/// One connection to an upstream. It decides; `UpstreamConnection` acts.
struct UpstreamStateMachine: ~Copyable {
    private enum State {
        /// The connection is being made for a request.
        case connecting
        /// In the pool.
        case idle
        /// A request was given to it; nothing of the final answer's head is complete.
        case awaitingHead
        /// The body of the answer is arriving.
        case body
        case closed
    }

    private var state = State.connecting
    private var isReused = false
    private var requestIsComplete = false
    private var keepsAlive = true
    private var hasAnswerBytes = false
    private var interimCount = 0

    enum ArrivalAction: Equatable { case readHead, readBody, leavePool, ignore }

    /// What to do with bytes that came.
    mutating func bytesArrived() -> ArrivalAction {
        switch state {
        case .idle:
            state = .closed
            return .leavePool
        case .connecting, .awaitingHead:
            hasAnswerBytes = true
            return .readHead
        case .body: return .readBody
        case .closed: return .ignore
        }
    }

    /// It is given its next request.
    mutating func leased() {
        isReused = true
        state = .awaitingHead
        requestIsComplete = false
        hasAnswerBytes = false
        interimCount = 0
    }

    enum OpenedAction: Equatable { case startResponseDeadline, wait }

    /// The connection is there.
    mutating func opened() -> OpenedAction {
        if case .connecting = state { state = .awaitingHead }
        return requestIsComplete ? .startResponseDeadline : .wait
    }

    enum RequestEndAction: Equatable { case startResponseDeadline, wait }

    /// The last byte of the request was handed to the stream.
    mutating func requestEnded() -> RequestEndAction {
        requestIsComplete = true
        switch state {
        case .awaitingHead: return .startResponseDeadline
        case .connecting, .idle, .body, .closed: return .wait
        }
    }

    enum InterimAction: Equatable { case skip, fail }

    /// An interim answer (1xx) was read.
    mutating func interimArrived(limit: Int) -> InterimAction {
        interimCount += 1
        return interimCount <= limit ? .skip : .fail
    }

    /// The head of the final answer was read.
    mutating func headArrived(keepsAlive: Bool) {
        state = .body
        self.keepsAlive = keepsAlive
    }

    enum AnswerEndAction: Equatable { case intoPool, close }

    /// The last byte of the answer was read.
    ///
    /// - Parameter isExact: whether nothing follows it.
    mutating func answerEnded(isExact: Bool) -> AnswerEndAction {
        guard case .body = state, keepsAlive, requestIsComplete, isExact else {
            state = .closed
            return .close
        }
        state = .idle
        return .intoPool
    }

    enum EndAction: Equatable {
        /// It was in the pool.
        case leavePool
        /// The request may be sent again on another connection, if it allows that.
        case failBeforeAnswer(mayRetry: Bool)
        case failConnecting
        case failInBody
        case ignore
    }

    /// The upstream closed the connection or it broke.
    mutating func ended() -> EndAction {
        defer { state = .closed }
        switch state {
        case .idle: return .leavePool
        case .connecting: return .failConnecting
        case .awaitingHead: return .failBeforeAnswer(mayRetry: isReused && !hasAnswerBytes)
        case .body: return .failInBody
        case .closed: return .ignore
        }
    }

    enum DeadlineAction: Equatable { case leavePool, timeOut, stall, ignore }

    /// The deadline passed that was set for the state.
    mutating func deadlinePassed() -> DeadlineAction {
        defer { state = .closed }
        switch state {
        case .idle: return .leavePool
        case .connecting, .awaitingHead: return .timeOut
        case .body: return .stall
        case .closed: return .ignore
        }
    }

    /// The exchange gave it up.
    mutating func cancelled() { state = .closed }

    /// Whether the body of an answer is arriving.
    var isInBody: Bool {
        if case .body = state { return true }
        return false
    }

    /// Whether bytes of an answer are being waited for and the request is complete.
    var awaitsAnswer: Bool {
        if case .awaitingHead = state { return requestIsComplete }
        return false
    }
}
