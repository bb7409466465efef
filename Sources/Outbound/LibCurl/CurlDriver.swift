import CLibCurl
import System
import Telemetry
import Values

/// The loop of the client's thread: starts calls, moves them on, ends them.
struct CurlDriver: ~Copyable {
    private let multi: CurlMulti
    private let queue: OutboundQueue
    private let configuration: OutboundConfiguration
    private let metrics: OutboundMetrics
    private let clock: @Sendable () -> MonotonicTime
    /// Transfers under way, by the address of their handle.
    private var transfers: [UInt: CurlTransfer] = [:]

    /// Runs a driver on a thread of its own until the queue is told to stop.
    static func start(
        multi: CurlMulti, queue: OutboundQueue, configuration: OutboundConfiguration,
        metrics: OutboundMetrics, clock: @escaping @Sendable () -> MonotonicTime
    ) throws -> OwnedThread {
        try OwnedThread(name: "outbound") {
            var driver = CurlDriver(
                multi: multi, queue: queue, configuration: configuration, metrics: metrics,
                clock: clock)
            driver.run()
        }
    }

    private init(
        multi: CurlMulti, queue: OutboundQueue, configuration: OutboundConfiguration,
        metrics: OutboundMetrics, clock: @escaping @Sendable () -> MonotonicTime
    ) {
        self.multi = multi
        self.queue = queue
        self.configuration = configuration
        self.metrics = metrics
        self.clock = clock
    }

    private mutating func run() {
        while true {
            let now = clock()
            let batch = queue.take(room: configuration.maxInFlight - transfers.count) { call in
                call.isCancelled || call.deadline <= now
            }
            for call in batch.over { end(call, wasTold: batch.isStopping) }
            if batch.isStopping {
                for transfer in transfers.values {
                    finish(transfer, .failure(OutboundFailure(.stopped, transfer.outcome)))
                }
                return
            }
            for call in batch.start { start(call, now) }
            for transfer in transfers.values where transfer.call.isCancelled {
                finish(transfer, .failure(OutboundFailure(.cancelled, transfer.outcome)))
            }
            multi.perform()
            var hasEnded = false
            while let (handle, code) = multi.nextEnded() {
                hasEnded = true
                if let transfer = transfers[handle] { finish(transfer, transfer.result(code)) }
            }
            metrics.inFlight.set(Double(transfers.count))
            metrics.waiting.set(Double(batch.waiting))
            // Room was made: whoever waits for it goes first. Otherwise sleep, at most for a moment
            // while somebody waits, because a waiting call's deadline is nobody's event.
            if hasEnded && batch.waiting > 0 { continue }
            multi.wait(milliseconds: batch.waiting > 0 ? 50 : 1_000)
        }
    }

    private mutating func start(_ call: OutboundCall, _ now: MonotonicTime) {
        do throws(OutboundFailure) {
            let transfer = try CurlTransfer(
                call, remaining: call.deadline.duration(since: now), configuration: configuration)
            guard multi.add(transfer) else {
                throw OutboundFailure(.overloaded, .notSent, "libcurl takes no further call")
            }
            transfers[transfer.address] = transfer
        } catch {
            call.finish(.failure(error))
        }
    }

    /// Ends a call that never left the queue.
    private func end(_ call: OutboundCall, wasTold: Bool) {
        let kind: OutboundFailure.Kind =
            wasTold ? .stopped : call.isCancelled ? .cancelled : .timedOut
        call.finish(.failure(OutboundFailure(kind, .notSent)))
    }

    private mutating func finish(
        _ transfer: CurlTransfer, _ result: Result<OutboundResponse, OutboundFailure>
    ) {
        multi.remove(transfer)
        transfers[transfer.address] = nil
        transfer.call.finish(result)
    }
}
