import HTTPProxy
import Synchronization
import System
import Values

/// Runs work that loops hand over because it waits, and carries the answers back.
///
/// The queue is bounded: work that finds it full is answered 503 at once. Work that began runs to its
/// end, whether or not its client is still there.
final class LocalWork: Service {
    private struct Item: Sendable {
        let place: Int
        let body: @Sendable () async -> LocalResponse
    }

    let name: String
    private let items: AsyncStream<Item>
    private let intake: AsyncStream<Item>.Continuation
    /// The rights to answer: values that are used once cannot travel in a stream.
    private let responders = Mutex(ResponderTable())

    init(name: String, capacity: Int) {
        self.name = name
        (items, intake) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    }

    /// Takes work from a loop.
    func submit(
        for request: RequestID, _ responder: consuming Responder,
        _ body: @escaping @Sendable () async -> LocalResponse
    ) {
        let place = responders.keep(responder)
        switch intake.yield(Item(place: place, body: body)) {
        case .enqueued: break
        case .dropped, .terminated: answer(place, Self.overloaded(request))
        @unknown default: answer(place, Self.overloaded(request))
        }
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await item in items {
                group.addTask { [self] in answer(item.place, await item.body()) }
            }
        }
    }

    /// Takes no more work; what began ends by itself.
    func stop() async {
        intake.finish()
    }

    private func answer(_ place: Int, _ response: LocalResponse) {
        responders.take(place)?.answer(response)
    }

    private static func overloaded(_ id: RequestID) -> LocalResponse {
        let refusal = GateRefusal.overloaded
        let problem = Problem(
            status: refusal.status, code: refusal.rawValue, title: refusal.title,
            detail: refusal.detail)
        return LocalResponse(
            status: refusal.status,
            headers: ["Content-Type": Problem.mediaType, "Retry-After": "1"],
            body: problem.body(requestID: id))
    }
}

/// Responders by number.
struct ResponderTable: ~Copyable, Sendable {
    fileprivate var waiting: [Int: ResponderBox] = [:]
    fileprivate var next = 0
}

/// Holds one responder until somebody takes it.
private final class ResponderBox: Sendable {
    private let responder: Mutex<Responder?>

    init(_ responder: consuming Responder) {
        self.responder = Mutex(consume responder)
    }

    func take() -> Responder? {
        responder.withLock { $0.take() }
    }
}

extension Mutex<ResponderTable> {
    fileprivate borrowing func keep(_ responder: consuming Responder) -> Int {
        let box = ResponderBox(responder)
        return withLock { table in
            table.next &+= 1
            table.waiting[table.next] = box
            return table.next
        }
    }

    fileprivate borrowing func take(_ place: Int) -> Responder? {
        withLock { $0.waiting.removeValue(forKey: place) }?.take()
    }
}
