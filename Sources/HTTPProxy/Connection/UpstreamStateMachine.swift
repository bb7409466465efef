/// One connection to an upstream. It decides; `UpstreamConnection` acts.
struct UpstreamStateMachine: ~Copyable {
    private enum State {
        /// The connection is being made for a request.
        case connecting
        /// The connection is there; nothing of the request was sent.
        case opened
        /// In the pool.
        case idle
        /// The request is being sent, or was; nothing of the final answer's head is complete.
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

    enum ArrivalAction: Equatable { case readHead, readBody, leavePool, refuse, ignore }

    /// What to do with bytes that came.
    mutating func bytesArrived() -> ArrivalAction {
        switch state {
        case .idle:
            state = .closed
            return .leavePool
        case .connecting, .opened:
            // SECURITY: what was sent before the request answers nothing.
            return .refuse
        case .awaitingHead:
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

    /// The connection is there.
    mutating func opened() {
        if case .connecting = state { state = .opened }
    }

    /// The first bytes of the request were handed to the stream of a new connection.
    mutating func requestBegan() {
        if case .opened = state { state = .awaitingHead }
    }

    enum RequestEndAction: Equatable { case startResponseDeadline, wait }

    /// The last byte of the request was handed to the stream.
    mutating func requestEnded() -> RequestEndAction {
        requestIsComplete = true
        switch state {
        case .awaitingHead: return .startResponseDeadline
        case .connecting, .opened, .idle, .body, .closed: return .wait
        }
    }

    enum InterimAction: Equatable { case passOn, drop, fail(ResponseFault) }

    /// An interim answer (1xx) was read. 100 is not passed on: the proxy itself told the client to
    /// go on.
    mutating func interimArrived(status: Int, limit: Int) -> InterimAction {
        guard case .awaitingHead = state else { return .fail(.early) }
        guard status != 101 else { return .fail(.upgrade) }
        interimCount += 1
        guard interimCount <= limit else { return .fail(.tooManyInterim) }
        return status == 100 ? .drop : .passOn
    }

    /// The head of the final answer was read.
    mutating func headArrived(keepsAlive: Bool) {
        state = .body
        self.keepsAlive = keepsAlive
    }

    enum AnswerEndAction: Equatable { case intoPool, close }

    /// The last byte of the answer was read.
    ///
    /// - Parameter isExact: whether nothing follows it, and everything of the request was sent.
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
        /// Nothing of the request was sent.
        case failConnecting
        case failInBody
        case ignore
    }

    /// The upstream closed the connection or it broke.
    mutating func ended() -> EndAction {
        defer { state = .closed }
        switch state {
        case .idle: return .leavePool
        case .connecting, .opened: return .failConnecting
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
        case .connecting, .opened, .awaitingHead: return .timeOut
        case .body: return .stall
        case .closed: return .ignore
        }
    }

    /// The exchange gave it up.
    mutating func cancelled() { state = .closed }

    /// Whether the connection is still being made.
    var isConnecting: Bool {
        if case .connecting = state { return true }
        return false
    }

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
