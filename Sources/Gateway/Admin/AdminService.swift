import Documents
import HTTPProxy
import PolicyEngine
import Telemetry
import Values

/// The operator's endpoints: health, readiness, metrics, the rule set in force.
///
/// They listen on an address of their own. A request of a web page is refused whatever it asks: a page
/// that an operator happens to open must not reach them.
final class AdminService: LocalService {
    let bodyLimit = 1024
    private let source: AdminSource
    private let work: LocalWork
    private let isOnLoopback: Bool

    /// - Parameter isOnLoopback: whether the listener is for this machine alone.
    init(source: AdminSource, work: LocalWork, isOnLoopback: Bool) {
        self.source = source
        self.work = work
        self.isOnLoopback = isOnLoopback
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        if request.headers["Origin"] != nil || request.headers["Sec-Fetch-Site"] != nil {
            responder.answer(Self.text(403, "web pages may not use the admin listener\n"))
            return
        }
        // SECURITY: a page whose own name was made to point here would be same-origin for its browser.
        guard !isOnLoopback || Self.namesThisMachine(request.headers["Host"] ?? "") else {
            responder.answer(
                Self.text(403, "ask for localhost or for an address, not for a name\n"))
            return
        }
        switch (request.method, request.path) {
        case (.get, "/healthz"), (.head, "/healthz"):
            responder.answer(Self.text(200, "ok\n"))
        case (.get, "/readyz"), (.head, "/readyz"):
            let problems = source.unreadiness()
            let lines =
                (problems.isEmpty ? ["ready"] : problems)
                + source.degradations().map { "degraded: \($0)" }
            responder.answer(
                Self.text(
                    problems.isEmpty ? 200 : 503, lines.map { "\($0)\n" }.joined()))
        case (.get, "/metrics"):
            work.submit(for: request.requestID, responder) { [source] in
                LocalResponse(
                    status: 200, headers: ["Content-Type": MetricsPage.contentType],
                    body: await source.metrics())
            }
        case (.get, "/-/policy"):
            responder.answer(
                LocalResponse(
                    status: 200, headers: ["Content-Type": "application/json"],
                    body: JSONWriter.write(source.policy()) + [UInt8(ascii: "\n")]))
        case (.post, "/-/policy/reload"):
            work.submit(for: request.requestID, responder) { [source] in
                let problem = await source.reload()
                return problem.map { Self.text(409, "\($0)\n") } ?? Self.text(200, "reloaded\n")
            }
        case (.post, "/-/keys/flush"):
            work.submit(for: request.requestID, responder) { [source] in
                let (report, isComplete) = await source.flushKeys()
                return Self.text(isComplete ? 200 : 502, report)
            }
        case (.get, "/"):
            responder.answer(Self.text(200, Self.index))
        case (_, "/-/policy/reload"), (_, "/-/policy"), (_, "/-/keys/flush"), (_, "/metrics"),
            (_, "/healthz"),
            (_, "/readyz"), (_, "/"):
            responder.answer(Self.text(405, "the endpoint has no such method\n"))
        default:
            responder.answer(Self.text(404, "there is no such endpoint\n\n\(Self.index)"))
        }
    }

    /// Whether an authority is `localhost` or an address, with or without a port.
    static func namesThisMachine(_ authority: String) -> Bool {
        if authority == "localhost" || authority.hasPrefix("localhost:") { return true }
        // Only an address ends in a number, or stands in brackets (WHATWG URL, host parsing).
        if authority.hasPrefix("[") { return true }
        let host = authority.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static let index = """
        GET  /healthz           the process lives
        GET  /readyz            requests can be decided
        GET  /metrics           Prometheus text
        GET  /-/policy          the rule set in force
        POST /-/policy/reload   read the rule files again
        POST /-/keys/flush      drop all keys and their saved copies, and fetch them again

        """

    private static func text(_ status: Int, _ text: String) -> LocalResponse {
        LocalResponse(
            status: status,
            headers: ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"],
            body: Array(text.utf8))
    }
}

/// What the admin endpoints report, from the parts that know it.
struct AdminSource: Sendable {
    /// Why requests cannot be decided; empty while they can.
    let unreadiness: @Sendable () -> [String]
    /// What is worse than it should be although requests are decided.
    let degradations: @Sendable () -> [String]
    /// All metrics as Prometheus text.
    let metrics: @Sendable () async -> [UInt8]
    /// Hash, age and staleness of the rule set.
    let policy: @Sendable () -> JSONValue
    /// Reads the rule files again; why they are not in force, or nil.
    let reload: @Sendable () async -> String?
    /// Drops all keys and fetches them again: a line for each issuer, and whether all have keys.
    let flushKeys: @Sendable () async -> (report: String, isComplete: Bool)
}
