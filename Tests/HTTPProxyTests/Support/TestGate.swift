import HTTPProxy
import Synchronization
import Transport
import Values

/// What a test's gates saw, of all loops.
final class GateLog: Sendable {
    struct Outcome: Sendable {
        let status: Int
        let code: String
        let source: String
        let isComplete: Bool
        let requestBodyBytes: Int
        let responseBodyBytes: Int
        let tag: Int
    }

    private let state = Mutex<(admitted: [String], outcomes: [Outcome], waiters: [Waiter])>(
        ([], [], []))

    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    var admitted: [String] { state.withLock { $0.admitted } }
    var outcomes: [Outcome] { state.withLock { $0.outcomes } }

    func admitted(_ line: String) { state.withLock { $0.admitted.append(line) } }

    func finished(_ outcome: Outcome) {
        let ready = state.withLock { state in
            state.outcomes.append(outcome)
            let count = state.outcomes.count
            let ready = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns when so many exchanges have ended.
    func waitForOutcomes(_ count: Int) async -> [Outcome] {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.outcomes.count >= count { return true }
                state.waiters.append(Waiter(count: count, continuation: continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
        return outcomes
    }
}

/// A gate whose verdict is a closure's.
final class TestGate: RequestGate {
    typealias Verdict = @Sendable (_ line: String, RequestEdits) -> Admission

    var protectedHeaders: ProtectedHeaders
    private let log: GateLog
    private let verdict: Verdict
    private let later: Later

    /// What it says of exchanges that go on.
    struct Later: Sendable {
        var standing: @Sendable () -> UInt64 = { 0 }
        var ask: @Sendable (_ line: String) -> Review = { _ in .stands(until: nil) }
    }

    init(
        protected: [String], log: GateLog, verdict: @escaping Verdict,
        later: Later = Later()
    ) {
        protectedHeaders = ProtectedHeaders(names: protected)
        self.log = log
        self.verdict = verdict
        self.later = later
    }

    var standing: UInt64 { later.standing() }

    func review(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Review {
        later.ask(line(of: request, in: bytes))
    }

    private func line(of request: borrowing NormalizedRequest, in bytes: Span<UInt8>) -> String {
        var line = Array("\(request.method) ".utf8)
        for index in request.target { line.append(bytes[index]) }
        return String(decoding: line, as: UTF8.self)
    }

    func admit(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission {
        let text = line(of: request, in: bytes)
        log.admitted(text)
        return verdict(text, edits)
    }

    func refusal(for fault: RequestFault, requestID: ExchangeID) -> Refusal {
        .problem(
            status: fault.status, code: fault.code, detail: fault.detail, requestID: requestID)
    }

    func refusal(for failure: UpstreamFailure, requestID: ExchangeID) -> Refusal {
        .problem(
            status: failure.status, code: failure.code, detail: failure.detail,
            requestID: requestID)
    }

    func finished(_ outcome: borrowing ExchangeRecord) {
        let source =
            switch outcome.source {
            case .upstream: "upstream"
            case .local: "local"
            case .gate: "gate"
            case .fault(let fault): "fault \(fault.code)"
            case .upstreamFailure(let failure): "upstream failure \(failure.code)"
            case .clientLeft: "client left"
            }
        log.finished(
            GateLog.Outcome(
                status: outcome.status, code: outcome.code, source: source,
                isComplete: outcome.isComplete, requestBodyBytes: outcome.requestBodyBytes,
                responseBodyBytes: outcome.responseBodyBytes, tag: outcome.tag))
    }
}
