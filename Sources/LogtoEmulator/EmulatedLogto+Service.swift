package import HTTPProxy
import Synchronization
import System
import Values

extension EmulatedLogto: LocalService {
    /// Four times what a real Logto reads, so that it is us who answer a body that is too large.
    package var bodyLimit: Int { 4 * ManagementAPI.bodyLimit }

    package func respond(to request: LocalRequest, _ responder: consuming Responder) {
        switch handle(request) {
        case .closed:
            responder.abandon()
        case .response(let response, .zero):
            responder.answer(response)
        case .response(let response, let delay):
            delayed.keep(DelayedAnswer(response, after: delay, responder))
        }
    }
}

/// Sends the answers that a fault holds back. Without it running they wait for it.
extension EmulatedLogto: Service {
    package var name: String { "logto-emulator" }

    package func run() async throws {
        await delayed.run()
    }

    package func stop() async {
        delayed.stop()
    }
}

/// An answer that is to be sent later, exactly once.
final class DelayedAnswer: Sendable {
    let delay: Duration
    private let response: LocalResponse
    private let responder: Mutex<Responder?>

    init(_ response: LocalResponse, after delay: Duration, _ responder: consuming Responder) {
        self.response = response
        self.delay = delay
        self.responder = Mutex(consume responder)
    }

    /// Sends it, where it was not sent before.
    func send() {
        if let responder = responder.withLock({ $0.take() }) { responder.answer(response) }
    }
}

/// The answers that wait for their time, one child task each.
final class DelayedAnswers: Sendable {
    private let stream: AsyncStream<DelayedAnswer>
    private let continuation: AsyncStream<DelayedAnswer>.Continuation

    /// Answers beyond this many are sent at once.
    static let limit = 1000

    init() {
        (stream, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.limit))
    }

    /// Keeps an answer until its time.
    func keep(_ answer: DelayedAnswer) {
        switch continuation.yield(answer) {
        case .enqueued: break
        case .dropped, .terminated: answer.send()
        @unknown default: answer.send()
        }
    }

    /// Sends each answer at its time; at the end those that still wait are sent at once.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await answer in stream {
                group.addTask {
                    try? await Task.sleep(for: answer.delay)
                    answer.send()
                }
            }
            group.cancelAll()
        }
    }

    func stop() {
        continuation.finish()
    }
}
