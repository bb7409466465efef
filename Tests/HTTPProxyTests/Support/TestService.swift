import HTTPProxy
import Synchronization
import Values

/// A local service whose answers are a closure's. It keeps what it was asked.
final class TestService: LocalService {
    typealias Answer = @Sendable (LocalRequest, consuming Responder) -> Void

    let bodyLimit: Int
    private let answer: Answer
    private let seen = Mutex<[LocalRequest]>([])

    init(bodyLimit: Int = 1024, answer: @escaping Answer) {
        self.bodyLimit = bodyLimit
        self.answer = answer
    }

    var requests: [LocalRequest] { seen.withLock { $0 } }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        seen.withLock { $0.append(request) }
        answer(request, responder)
    }

    /// Answers with method, path, query and body.
    static func echo() -> TestService {
        TestService { request, responder in
            var body = Array("\(request.method) \(request.path) \(request.query ?? "-") ".utf8)
            body += request.body
            responder.answer(
                LocalResponse(status: 200, headers: ["Content-Type": "text/plain"], body: body))
        }
    }
}

/// Holds noncopyable responders until a test releases them.
final class ResponderShelf: Sendable {
    private let kept = Mutex<Shelf>(Shelf())

    private struct Shelf: ~Copyable {
        var responder: Responder?
    }

    func keep(_ responder: consuming sending Responder) {
        var responder: Responder? = responder
        kept.withLock { $0.responder = responder.take() }
    }

    /// Whether a responder waits here: a request is recorded a moment before its responder is kept.
    var isEmpty: Bool { kept.withLock { $0.responder == nil } }

    func answer(_ response: LocalResponse) {
        let responder = kept.withLock { $0.responder.take() }
        if let responder { responder.answer(response) }
    }

    func drop() {
        _ = kept.withLock { $0.responder.take() }
    }
}
