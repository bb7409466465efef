import System
package import Telemetry
package import Values

/// A bounded client for other people's HTTP services, over libcurl's multi interface on a thread of
/// its own.
///
/// It follows no redirect, keeps no cookie, asks for no content coding, always checks certificates,
/// and speaks clear text only to loopback unless its configuration allows more. A request is sent
/// at most once: only a request that just reads (GET, HEAD) is tried again, by libcurl, when the
/// connection that it was to use again turns out to be closed.
package final class OutboundClient: Sendable {
    private let configuration: OutboundConfiguration
    private let metrics: OutboundMetrics
    private let clock: @Sendable () -> MonotonicTime
    private let queue: OutboundQueue
    private let multi: CurlMulti
    private let thread: OwnedThread

    /// Starts the client's thread.
    ///
    /// - Parameter clock: the monotonic clock, for the time a call waits for its turn.
    /// - Throws: when libcurl or the thread cannot be had.
    package init(
        _ configuration: OutboundConfiguration = OutboundConfiguration(), metrics: Metrics,
        clock: @escaping @Sendable () -> MonotonicTime
    ) throws {
        self.configuration = configuration
        self.metrics = OutboundMetrics(metrics)
        self.clock = clock
        queue = OutboundQueue(maxQueued: configuration.maxQueued)
        multi = try CurlMulti(maxConnections: configuration.maxInFlight)
        thread = try CurlDriver.start(
            multi: multi, queue: queue, configuration: configuration, metrics: self.metrics,
            clock: clock)
    }

    deinit {
        queue.stop()
        multi.wake()
    }

    /// Sends a request and waits for the complete answer.
    ///
    /// Cancelling the task ends the call, and still waits for the thread to say how it ended.
    package func send(
        _ request: OutboundRequest
    ) async throws(OutboundFailure) -> OutboundResponse {
        let start = clock()
        let result = await answer(to: OutboundCall(request, sentAt: start))
        metrics.duration.observe(clock().duration(since: start))
        metrics.count(result)
        return try result.get()
    }

    /// Ends every call with `stopped`, and the thread; returns when it is gone.
    package func shutdown() async {
        queue.stop()
        multi.wake()
        await thread.finished()
    }

    private func answer(
        to call: OutboundCall
    ) async -> Result<OutboundResponse, OutboundFailure> {
        if let fault = RequestCheck.fault(in: call.request) {
            return .failure(OutboundFailure(.invalidRequest, .notSent, fault))
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.attach(continuation)
                switch queue.enter(call) {
                case .accepted: multi.wake()
                case .full: call.finish(.failure(OutboundFailure(.overloaded, .notSent)))
                case .stopped: call.finish(.failure(OutboundFailure(.stopped, .notSent)))
                }
            }
        } onCancel: {
            call.cancel()
            multi.wake()
        }
    }
}
