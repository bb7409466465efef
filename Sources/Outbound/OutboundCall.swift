import Synchronization
import Values

/// One call of `OutboundClient.send`, from queue to answer.
///
/// INVARIANT: `finish` resumes the caller exactly once; whoever is second finds the continuation
/// gone.
final class OutboundCall: Sendable {
    let request: OutboundRequest
    /// When the caller sent it; its deadline counts from here.
    let sentAt: MonotonicTime

    private let caller:
        Mutex<CheckedContinuation<Result<OutboundResponse, OutboundFailure>, Never>?>
    private let cancellation = Atomic<Bool>(false)

    init(_ request: OutboundRequest, sentAt: MonotonicTime) {
        self.request = request
        self.sentAt = sentAt
        caller = Mutex(nil)
    }

    /// When the call must have ended.
    var deadline: MonotonicTime { sentAt.advanced(by: request.deadline) }

    /// Asks for the end of the call. The driver obeys and resumes the caller; nobody else does.
    func cancel() { cancellation.store(true, ordering: .releasing) }

    var isCancelled: Bool { cancellation.load(ordering: .acquiring) }

    func attach(
        _ continuation: CheckedContinuation<Result<OutboundResponse, OutboundFailure>, Never>
    ) {
        caller.withLock { $0 = continuation }
    }

    func finish(_ result: Result<OutboundResponse, OutboundFailure>) {
        let waiting = caller.withLock { caller in
            defer { caller = nil }
            return caller
        }
        waiting?.resume(returning: result)
    }
}
