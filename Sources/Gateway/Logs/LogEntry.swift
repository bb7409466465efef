import HTTPProxy
import PolicyEngine
import Transport
import Values

/// What is remembered of an exchange under way. Used again for the next one, so that it costs no
/// allocation.
final class LogEntry {
    var method: HTTPMethod?
    /// The path as JSON text, the members `server.address` and `client.address` without the last quote,
    /// and, where a person reads, the path as it is. Both lines of an exchange copy of it.
    private var text = ByteBuffer(capacity: 256)
    private var pathEnd = 0
    private var addressEnd = 0
    /// What a rule decided, and the names of its rule set.
    var decision: Decision?
    var names: LogNames?
    var principal: Principal?
    /// The code of a refusal that no rule made.
    var code = ""
    /// The action of a built-in route.
    var action = ""
    var isDecided = false

    /// An entry of a request of which nothing is known.
    init() {
        text.append(#""""#)
        pathEnd = text.count
        text.append(#","server.address":"","client.address":""#)
        addressEnd = text.count
    }

    /// Begins anew with the path, the host and the client of a request; the memory is kept.
    func begin(
        path: Range<Int>, host: Range<Int>, client: SocketAddress, in bytes: Span<UInt8>,
        keepsPlainPath: Bool = false
    ) {
        text.removeAll()
        text.append(json: bytes.extracting(path))
        pathEnd = text.count
        text.append(#","server.address":"#)
        text.append(json: bytes.extracting(host))
        text.append(#","client.address":""#)
        PeerText.append(client, to: &text)
        addressEnd = text.count
        if keepsPlainPath { text.append(bytes, path) }
        letGo()
    }

    /// Adds the path as JSON text in quotes.
    @inline(__always)
    func appendPath(to line: inout ByteBuffer) {
        text.withSpan { line.append($0, 0..<pathEnd) }
    }

    /// Adds the path as JSON text in quotes, and the addresses up to the end of the client's.
    @inline(__always)
    func appendPathAndAddresses(to line: inout ByteBuffer) {
        text.withSpan { line.append($0, 0..<addressEnd) }
    }

    /// Adds the path as it is.
    func appendPlainPath(to line: inout ByteBuffer) {
        text.withSpan { line.append($0, addressEnd..<$0.count) }
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
        (pathEnd, addressEnd) = (0, 0)
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
