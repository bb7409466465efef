import HTTPProxy
import PolicyEngine
import Telemetry
import Transport
import Values

/// What one loop writes of its exchanges: an access line, a decision line, or a line for a person.
///
/// Lines gather in buffers of the loop, which go to the writer when they are large and at each sweep.
/// With every log off it costs a few instructions. While an exchange is under way only references are
/// kept; text is made when its lines are written, of parts that were made once for the rule set
/// (`LogNames`) or the caller (`Principal.logMembers`).
final class ExchangeLog {
    /// Where each kind of line goes; nil: nowhere.
    struct Outputs: Sendable {
        var access: (any LogSink)?
        var decisions: (any LogSink)?
        /// One short line for each exchange, for the person at `gatehouse dev`.
        var console: (any LogSink)?

        var isOff: Bool { access == nil && decisions == nil && console == nil }
    }

    private let outputs: Outputs
    private let isOff: Bool
    private let writesAccess: Bool
    private let writesDecisions: Bool
    private let writesConsole: Bool
    private var names: LogNames?
    private var entries: [LogEntry] = []
    private var free: [Int] = []
    private var time = LogTime()
    private var access: ByteBuffer
    private var decisions: ByteBuffer
    private var console: ByteBuffer

    init(_ outputs: Outputs) {
        self.outputs = outputs
        isOff = outputs.isOff
        writesAccess = outputs.access != nil
        writesDecisions = outputs.decisions != nil
        writesConsole = outputs.console != nil
        access = ByteBuffer(capacity: writesAccess ? Self.capacity : 0)
        decisions = ByteBuffer(capacity: writesDecisions ? Self.capacity : 0)
        console = ByteBuffer()
    }

    /// Takes the names of the rule set that decides from now on.
    func use(_ policies: PolicySnapshot) {
        names = isOff ? nil : LogNames(policies)
    }

    /// How many exchanges are remembered: those under way.
    var rememberedCount: Int { entries.count - free.count }

    /// Begins the record of an exchange; the number goes into `RequestEdits.tag`.
    ///
    /// - Parameter tag: the number that the exchange has from before a hold, whose record begins anew.
    func begin(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, again tag: Int
    ) -> Int {
        guard !isOff else { return -1 }
        let index: Int
        if entries.indices.contains(tag) {
            index = tag
        } else if let last = free.popLast() {
            index = last
        } else {
            index = entries.count
            entries.append(LogEntry())
        }
        let entry = entries[index]
        entry.begin(
            path: request.path, host: request.host, client: request.client, in: bytes,
            keepsPlainPath: writesConsole)
        entry.method = request.method
        return index
    }

    /// Notes what the policy decided.
    func decided(_ tag: Int, _ decision: Decision, as principal: Principal?) {
        guard entries.indices.contains(tag) else { return }
        let entry = entries[tag]
        entry.isDecided = true
        entry.decision = decision
        entry.names = names
        entry.principal = principal
    }

    /// Notes a refusal that no rule made.
    func refused(_ tag: Int, code: String) {
        guard entries.indices.contains(tag) else { return }
        let entry = entries[tag]
        entry.isDecided = true
        entry.decision = nil
        entry.code = code
    }

    /// Notes a built-in route.
    func builtIn(_ tag: Int, action: String, as principal: Principal) {
        guard entries.indices.contains(tag) else { return }
        let entry = entries[tag]
        entry.action = action
        entry.principal = principal
    }

    /// Writes the lines of an exchange that has ended.
    func finished(_ record: borrowing ExchangeRecord) {
        guard !isOff else { return }
        let isKnown = entries.indices.contains(record.tag)
        let entry = isKnown ? entries[record.tag] : LogEntry()
        if writesAccess || writesDecisions { time.set(record.startedAt) }
        if writesAccess {
            AccessLine.write(entry, record, at: time, to: &access)
        }
        if writesDecisions, entry.isDecided {
            DecisionLine.write(entry, record, at: time, to: &decisions)
        }
        if writesConsole {
            ConsoleLine.write(entry, record, to: &console)
        }
        if isKnown {
            entry.letGo()
            // Memory for bursts is given back.
            if free.count >= 64 { entry.shrink() }
            free.append(record.tag)
        }
        if access.count + decisions.count + console.count > Self.flushBytes { flush() }
    }

    /// Bytes of lines that go to the writer without waiting for the sweep.
    private static let flushBytes = 65_536
    /// Room for them and for the line that makes them so many.
    private static let capacity = flushBytes + 4096

    /// Hands what has gathered to the writer.
    func flush() {
        Self.hand(&access, to: outputs.access)
        Self.hand(&decisions, to: outputs.decisions)
        Self.hand(&console, to: outputs.console)
    }

    /// One copy of the whole block costs less than moving each line.
    private static func hand(_ lines: inout ByteBuffer, to sink: (any LogSink)?) {
        guard !lines.isEmpty else { return }
        sink?.write(lines.array())
        lines.removeAll(keepingAtMost: capacity)
    }
}
