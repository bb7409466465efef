import Documents
import HTTPProxy
import PolicyEngine
import Transport
import Values

/// What is remembered of an exchange under way. Used again for the next one, so that it costs no
/// allocation.
final class LogEntry {
    var method: HTTPMethod?
    var path: [UInt8] = []
    var host: [UInt8] = []
    var peer: SocketAddress?
    /// What a rule decided, and the names of its rule set.
    var decision: Decision?
    var names: LogNames?
    var principal: Principal?
    /// The code of a refusal that no rule made.
    var code = ""
    /// The action of a built-in route.
    var action = ""
    var isDecided = false

    init(peer: SocketAddress?) {
        self.peer = peer
    }

    /// Makes everything empty and keeps the memory.
    func clear() {
        path.removeAll(keepingCapacity: true)
        host.removeAll(keepingCapacity: true)
        letGo()
    }

    /// Lets go of what belongs to others.
    func letGo() {
        method = nil
        decision = nil
        names = nil
        principal = nil
        code = ""
        action = ""
        isDecided = false
    }

    /// Frees the memory that an unused entry keeps.
    func shrink() {
        path = []
        host = []
    }

    var isAllowed: Bool { decision?.isAllowed ?? false }

    /// The code of the refusal; empty where there was none.
    var reason: String { decision?.reason?.code ?? code }

    /// The code that the exchange ended with; empty for an ordinary answer of the upstream.
    func code(_ record: borrowing ExchangeRecord) -> String {
        switch record.source {
        case .fault(let fault): return fault.code
        case .upstreamFailure(let failure): return failure.code
        case .clientLeft: return "client-left"
        case .upstream, .local, .gate:
            let reason = reason
            return reason.isEmpty ? record.code : reason
        }
    }
}

/// The names of one rule set as they stand in log lines: made once for each loop.
final class LogNames {
    /// In quotes.
    let policy: [UInt8]
    private let routes: [[UInt8]]
    private let routeNames: [[UInt8]]
    private let rules: [[UInt8]]
    /// The members `because` and `at` of each rule.
    private let causes: [[UInt8]]
    private static let noCause = Array(#""because":null,"at":null"#.utf8)

    init(_ policies: PolicySnapshot) {
        policy = Self.quoted(policies.hash)
        routes = policies.routes.map { Self.quoted($0.id) }
        routeNames = policies.routes.map { Array($0.id.utf8) }
        rules = policies.rules.map { Array($0.id.utf8) }
        causes = policies.rules.map { rule in
            var members = Array(#""because":"#.utf8)
            JSONText.append(rule.id, to: &members)
            members.append(text: #","at":"#)
            JSONText.append(rule.span.path, to: &members)
            return members
        }
    }

    /// The route of a decision, in quotes; nil where none matched.
    func route(_ decision: Decision) -> [UInt8]? { decision.route.map { routes[$0] } }

    /// The same without quotes.
    func routeName(_ decision: Decision) -> [UInt8]? { decision.route.map { routeNames[$0] } }

    /// The rule of a decision; nil where none decided.
    func rule(_ decision: Decision) -> [UInt8]? { decision.rule.map { rules[$0] } }

    /// The members that say which rule decided.
    func cause(_ decision: Decision?) -> [UInt8] {
        guard let number = decision?.rule else { return Self.noCause }
        return causes[number]
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        return bytes
    }
}
