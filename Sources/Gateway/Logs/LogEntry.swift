import HTTPProxy
import PolicyEngine
import Transport
import Values

/// What is remembered of an exchange under way. Used again for the next one, so that it costs no
/// allocation.
final class LogEntry {
    var method: HTTPMethod?
    /// The path, and behind it the host.
    private var text = ByteBuffer(capacity: 128)
    private var pathEnd = 0
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

    /// Begins anew with the path and the host of a request; the memory is kept.
    func begin(path: Range<Int>, host: Range<Int>, in bytes: Span<UInt8>) {
        text.removeAll()
        text.append(bytes, path)
        pathEnd = text.count
        text.append(bytes, host)
        letGo()
    }

    /// Adds the path as JSON text in quotes.
    func appendPath(to line: inout ByteBuffer) {
        text.withSpan { line.append(json: $0.extracting(0..<pathEnd)) }
    }

    /// Adds the host as JSON text in quotes.
    func appendHost(to line: inout ByteBuffer) {
        text.withSpan { line.append(json: $0.extracting(pathEnd..<$0.count)) }
    }

    /// Adds the path as it is.
    func appendPlainPath(to line: inout ByteBuffer) {
        text.withSpan { line.append($0, 0..<pathEnd) }
    }

    /// Lets go of what belongs to others.
    func letGo() {
        method = nil
        decision = nil
        isDecided = false
        // Letting go of nothing costs as much as letting go of something.
        if names != nil { names = nil }
        if principal != nil { principal = nil }
        if !code.isEmpty { code = "" }
        if !action.isEmpty { action = "" }
    }

    /// Frees the memory that an unused entry keeps.
    func shrink() {
        text.removeAll(keepingAtMost: 0)
        pathEnd = 0
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
