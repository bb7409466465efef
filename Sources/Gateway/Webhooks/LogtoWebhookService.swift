import Cryptography
import HTTPProxy
import Synchronization
import Telemetry
import Values

/// Takes the webhooks of Logto (`POST /hooks/logto`): checks the signature over the raw body, forgets
/// what changed, and revokes what was taken away. Exists where secrets are configured.
///
/// It answers 204 when the effect is in force on every loop. It never redirects: Logto would follow, and
/// hand body and signature to whoever is named.
final class LogtoWebhookService: LocalService {
    /// The path; every other method on it is refused.
    static let path = Array("/hooks/logto".utf8)
    static let signatureName = "logto-signature-sha-256"
    /// SECURITY: a delivery may hold a whole person, with what people may write about themselves; whose
    /// own delivery is too large would not be suspended. Logto takes far less in one call.
    let bodyLimit = LogtoEvent.maximumBytes

    private let secrets: [[UInt8]]
    private let caches: [any LogtoCaches]
    private let revocations: RevocationService
    private let work: LocalWork
    private let logger: Logger
    private let metrics: WebhookMetrics
    /// Deliveries that are being carried out.
    private let underWay = Atomic(0)
    private let hasSaidRefusal = Atomic(false)
    /// Logto sends ten at a time for one call of its interface.
    private let most = 64
    /// Bodies up to here are checked on the loop: it takes some 10 µs. Almost every delivery is
    /// shorter.
    private static let mostBytesCheckedAtOnce = 8 * 1024

    /// - Parameter secrets: the hooks' signing keys; two of one hook while it gets a new one.
    init(
        secrets: [Secret], caches: [any LogtoCaches], revocations: RevocationService,
        work: LocalWork, metrics: Metrics, logger: Logger
    ) {
        // SECURITY: anybody can sign with an empty key.
        self.secrets = secrets.filter { !$0.isEmpty }.map { Array($0.reveal().utf8) }
        self.caches = caches
        self.revocations = revocations
        self.work = work
        self.logger = logger
        self.metrics = WebhookMetrics(metrics)
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        switch judge(request) {
        case .refused(let response): responder.answer(response)
        case .signed(let signature):
            work.submit(for: request.requestID, responder) { [self] in
                let answer = await carryOut(request, signature)
                underWay.subtract(1, ordering: .relaxed)
                return answer
            }
        }
    }

    /// The answer to one request, without a queue.
    func answer(to request: LocalRequest) async -> LocalResponse {
        switch judge(request) {
        case .refused(let response): return response
        case .signed(let signature):
            let answer = await carryOut(request, signature)
            underWay.subtract(1, ordering: .relaxed)
            return answer
        }
    }

    private enum Judgement {
        case refused(LocalResponse)
        /// It carries something that has the form of a signature, and counts as under way.
        case signed([UInt8])
    }

    /// What can be said without waiting, and without the digest of a long body.
    private func judge(_ request: LocalRequest) -> Judgement {
        guard request.method == .post else { return .refused(Self.methodNotAllowed(request)) }
        guard let signature = Self.signature(of: request) else { return .refused(refused(request)) }
        // SECURITY: Logto sends a delivery once. Whoever sends what is not signed must not take the
        // places of what is.
        if request.body.count <= Self.mostBytesCheckedAtOnce, !isValid(signature, request.body) {
            return .refused(refused(request))
        }
        guard underWay.add(1, ordering: .relaxed).newValue <= most else {
            underWay.subtract(1, ordering: .relaxed)
            return .refused(Self.overloaded(request))
        }
        return .signed(signature)
    }

    private func carryOut(_ request: LocalRequest, _ signature: [UInt8]) async -> LocalResponse {
        guard isValid(signature, request.body) else { return refused(request) }
        hasSaidRefusal.store(false, ordering: .relaxed)
        let event: LogtoEvent
        do {
            event = try LogtoEvent(
                request.body, now: request.receivedAt, life: revocations.life)
        } catch {
            logger.error(
                "webhook not understood", facts: ["gatehouse.reason": .string("\(error)")])
            // What it said is not known, so nothing that is remembered can be trusted.
            await forget([.everything])
            metrics.malformed.add()
            return WebhookRefusal.malformed.response(to: request)
        }
        var isStored = true
        do {
            try await revocations.revoke(event.revoked)
        } catch {
            isStored = false
        }
        await forget(event.forgotten)
        guard isStored else {
            metrics.failed.add()
            return WebhookRefusal.notStored.response(to: request)
        }
        (event == LogtoEvent.nothing ? metrics.ignored : metrics.accepted).add()
        return LocalResponse(status: 204)
    }

    private func forget(_ scopes: [CacheScope]) async {
        for scope in scopes {
            for cache in caches { await cache.forget(scope) }
        }
    }

    // MARK: Signatures

    /// The code that the request carries: one header of exactly 64 lower-case digits.
    private static func signature(of request: LocalRequest) -> [UInt8]? {
        let values = request.headers.all(signatureName)
        guard values.count == 1, values[0].utf8.count == 64,
            values[0].utf8.allSatisfy({ byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            })
        else { return nil }
        return Hexadecimal.bytes(values[0])
    }

    /// Whether the code is of the body under any of the secrets. All are tried, so that the time says
    /// nothing about which.
    private func isValid(_ signature: [UInt8], _ body: [UInt8]) -> Bool {
        var isFound = false
        for secret in secrets where HMACSHA256.isValid(signature, for: body, key: secret) {
            isFound = true
        }
        return isFound
    }

    // MARK: Refusals

    private func refused(_ request: LocalRequest) -> LocalResponse {
        metrics.refused.add()
        // Once until the next good one: whoever sends bad ones must not fill the log.
        if !hasSaidRefusal.exchange(true, ordering: .relaxed) {
            logger.warning(
                "webhook refused",
                facts: [
                    "gatehouse.code": .string(WebhookRefusal.signature.rawValue),
                    "gatehouse.request_id": .string(request.requestID.text),
                ])
        }
        return WebhookRefusal.signature.response(to: request)
    }

    private static func methodNotAllowed(_ request: LocalRequest) -> LocalResponse {
        var response = Self.response(GateRefusal.methodNotAllowed, to: request)
        response.headers.append("Allow", "POST")
        return response
    }

    private static func overloaded(_ request: LocalRequest) -> LocalResponse {
        var response = Self.response(GateRefusal.overloaded, to: request)
        response.headers.append("Retry-After", "1")
        return response
    }

    private static func response(
        _ refusal: GateRefusal, to request: LocalRequest
    ) -> LocalResponse {
        let problem = Problem(
            status: refusal.status, code: refusal.rawValue, title: refusal.title,
            detail: refusal.detail)
        return LocalResponse(
            status: refusal.status, headers: ["Content-Type": Problem.mediaType],
            body: problem.body(requestID: request.requestID))
    }
}

extension LogtoEvent {
    /// Nothing is to be done.
    static let nothing = LogtoEvent()

    private init() {}
}

/// Deliveries by what came of them.
struct WebhookMetrics: Sendable {
    let accepted: Counter
    let ignored: Counter
    let refused: Counter
    let malformed: Counter
    let failed: Counter

    init(_ metrics: Metrics) {
        func counter(_ result: String) -> Counter {
            metrics.counter(
                "gatehouse_webhooks_total", help: "Webhooks of Logto, by what came of them.",
                labels: ["result": result])
        }
        accepted = counter("accepted")
        ignored = counter("ignored")
        refused = counter("refused")
        malformed = counter("malformed")
        failed = counter("not_stored")
    }
}
