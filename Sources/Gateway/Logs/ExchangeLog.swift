import Documents
import HTTPProxy
import PolicyEngine
import Telemetry
import Transport
import Values

/// What one loop writes of its exchanges: an access line, a decision line, or a line for a person.
///
/// Lines gather in buffers of the loop, which go to the writer when they are large and at each sweep.
/// With every log off it costs a few instructions.
final class ExchangeLog {
    /// Where each kind of line goes; nil: nowhere.
    struct Outputs: Sendable {
        var access: (any LogSink)?
        var decisions: (any LogSink)?
        /// One short line for each exchange, for the person at `gatehouse dev`.
        var console: (any LogSink)?

        var isOff: Bool { access == nil && decisions == nil && console == nil }
    }

    /// What is remembered of an exchange under way.
    private struct Entry {
        var method = ""
        var path: [UInt8] = []
        var peer = ""
        var host: [UInt8] = []
        var route = ""
        var because = ""
        var at = ""
        var reason = ""
        var policy = ""
        var principal = ""
        var kind = ""
        var organization = ""
        var roles: [String] = []
        var shadow: String?
        var isDecided = false
        var isAllowed = false
    }

    private let outputs: Outputs
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var access: [UInt8] = []
    private var decisions: [UInt8] = []
    private var console: [UInt8] = []

    init(_ outputs: Outputs) {
        self.outputs = outputs
    }

    /// How many exchanges are remembered: those under way.
    var rememberedCount: Int { entries.count - free.count }

    /// Begins the record of an exchange; the number goes into `RequestEdits.tag`.
    ///
    /// - Parameter tag: the number that the exchange has from before a hold, whose record begins anew.
    func begin(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, again tag: Int
    ) -> Int {
        guard !outputs.isOff else { return -1 }
        var entry = Entry()
        entry.method = request.method.name
        entry.path = Self.copy(request.path, of: bytes)
        entry.host = Self.copy(request.host, of: bytes)
        entry.peer = request.peer.host
        if entries.indices.contains(tag) {
            entries[tag] = entry
            return tag
        }
        if let index = free.popLast() {
            entries[index] = entry
            return index
        }
        entries.append(entry)
        return entries.count - 1
    }

    /// Notes what the policy decided.
    func decided(
        _ tag: Int, _ decision: Decision, by policies: PolicySnapshot, as principal: Principal?
    ) {
        guard entries.indices.contains(tag) else { return }
        entries[tag].isDecided = true
        entries[tag].isAllowed = decision.isAllowed
        entries[tag].policy = policies.hash
        entries[tag].reason = decision.reason?.code ?? ""
        entries[tag].route = policies.route(decision)?.id ?? ""
        if let rule = policies.because(decision) {
            entries[tag].because = rule.id
            entries[tag].at = rule.span.path
        }
        entries[tag].shadow =
            switch decision.shadow {
            case .same: nil
            case .allow: "allow"
            case .deny: "deny"
            }
        note(principal, tag)
    }

    /// Notes a refusal that no rule made.
    func refused(_ tag: Int, code: String) {
        guard entries.indices.contains(tag) else { return }
        entries[tag].isDecided = true
        entries[tag].reason = code
    }

    /// Notes a built-in route.
    func builtIn(_ tag: Int, action: String, as principal: PrincipalFacts) {
        guard entries.indices.contains(tag) else { return }
        entries[tag].route = action
        entries[tag].principal = principal.id.text
        entries[tag].kind = principal.kind.rawValue
        entries[tag].organization = principal.organization?.text ?? ""
    }

    private func note(_ principal: Principal?, _ tag: Int) {
        guard let principal else { return }
        entries[tag].principal = principal.facts.id.text
        entries[tag].kind = principal.facts.kind.rawValue
        entries[tag].organization = principal.facts.organization?.text ?? ""
        entries[tag].roles = principal.roleNames
    }

    /// Writes the lines of an exchange that has ended.
    func finished(_ record: borrowing ExchangeRecord) {
        guard !outputs.isOff else { return }
        let isKnown = entries.indices.contains(record.tag)
        let entry = isKnown ? entries[record.tag] : Entry()
        if isKnown {
            entries[record.tag] = Entry()
            free.append(record.tag)
        }
        if outputs.access != nil { writeAccess(entry, record) }
        if outputs.decisions != nil, entry.isDecided { writeDecision(entry, record) }
        if outputs.console != nil { writeConsole(entry, record) }
        if access.count + decisions.count + console.count > Self.flushBytes { flush() }
    }

    /// Bytes of lines that go to the writer without waiting for the sweep.
    private static let flushBytes = 16_384

    /// Hands what has gathered to the writer.
    func flush() {
        Self.hand(&access, to: outputs.access)
        Self.hand(&decisions, to: outputs.decisions)
        Self.hand(&console, to: outputs.console)
    }

    private static func hand(_ lines: inout [UInt8], to sink: (any LogSink)?) {
        guard !lines.isEmpty else { return }
        sink?.write(lines)
        lines.removeAll(keepingCapacity: true)
    }

    private static func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(bytes[index]) }
        return copy
    }
}

// MARK: - The lines

extension ExchangeLog {
    private func writeAccess(_ entry: Entry, _ record: borrowing ExchangeRecord) {
        var line = LineWriter(into: access)
        access = []
        line.text("timestamp", record.startedAt.rfc3339)
        line.text("http.request.method", entry.method)
        line.bytes("url.path", entry.path)
        line.bytes("server.address", entry.host)
        line.text("client.address", entry.peer)
        line.number("http.response.status_code", Int64(record.status))
        line.number("http.request.body.size", Int64(record.requestBodyBytes))
        line.number("http.response.body.size", Int64(record.responseBodyBytes))
        line.number("gatehouse.duration_us", record.duration.wholeNanoseconds / 1000)
        if let wait = record.timeToFirstByte {
            line.number("gatehouse.upstream_wait_us", wait.wholeNanoseconds / 1000)
        }
        line.text("gatehouse.request_id", record.id.text)
        if !entry.route.isEmpty { line.text("gatehouse.route", entry.route) }
        let code = Self.code(entry, record)
        if !code.isEmpty { line.text("gatehouse.code", code) }
        if !record.isComplete { line.flag("gatehouse.incomplete", true) }
        access = line.finished()
    }

    private func writeDecision(_ entry: Entry, _ record: borrowing ExchangeRecord) {
        var line = LineWriter(into: decisions)
        decisions = []
        line.text("ts", record.startedAt.rfc3339)
        line.text("id", record.id.text)
        line.text("policy", entry.policy)
        line.text("decision", entry.isAllowed ? "allow" : "deny")
        line.number("status", Int64(record.status))
        line.text("reason", entry.isAllowed ? nil : entry.reason)
        line.text("because", entry.because.isEmpty ? nil : entry.because)
        line.text("at", entry.at.isEmpty ? nil : entry.at)
        line.text("route", entry.route.isEmpty ? nil : entry.route)
        line.text("method", entry.method)
        line.bytes("path", entry.path)
        line.text("org", entry.organization.isEmpty ? nil : entry.organization)
        line.text("principal", entry.principal.isEmpty ? nil : entry.principal)
        line.text("kind", entry.kind.isEmpty ? nil : entry.kind)
        line.list("roles", entry.roles)
        line.text("shadow", entry.shadow)
        decisions = line.finished()
    }

    /// `404 deny  GET /orgs/org_b/projects  u_ann in org_a  other-organization (projects-list)`
    private func writeConsole(_ entry: Entry, _ record: borrowing ExchangeRecord) {
        console.append(decimal: Int64(record.status))
        console.append(
            text: entry.isDecided ? (entry.isAllowed ? "  allow  " : "  deny   ") : "         ")
        console.append(text: entry.method.isEmpty ? "-" : entry.method)
        console.append(UInt8(ascii: " "))
        // A path is in its normal form: it has no control bytes.
        console.append(contentsOf: entry.path)
        console.append(text: "  \(entry.principal.isEmpty ? "anonymous" : entry.principal)")
        if !entry.organization.isEmpty { console.append(text: " in \(entry.organization)") }
        let code = Self.code(entry, record)
        if !code.isEmpty { console.append(text: "  \(code)") }
        let rule = entry.because.isEmpty ? entry.route : entry.because
        if !rule.isEmpty { console.append(text: "  by \(rule)") }
        console.append(UInt8(ascii: "\n"))
    }

    private static func code(_ entry: Entry, _ record: borrowing ExchangeRecord) -> String {
        switch record.source {
        case .fault(let fault): fault.code
        case .upstreamFailure(let failure): failure.code
        case .clientLeft: "client-left"
        case .upstream, .local, .gate: entry.reason.isEmpty ? record.code : entry.reason
        }
    }
}

/// Writes one JSON object as a line.
private struct LineWriter {
    private var bytes: [UInt8]
    private var isFirst = true

    init(into bytes: consuming [UInt8]) {
        self.bytes = bytes
        self.bytes.append(UInt8(ascii: "{"))
    }

    private mutating func name(_ name: StaticString) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(text: "\"\(name)\":")
    }

    mutating func text(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { JSONText.append(value, to: &bytes) } else { bytes.append(text: "null") }
    }

    mutating func bytes(_ name: StaticString, _ value: [UInt8]) {
        self.name(name)
        JSONText.append(bytes: value.span, to: &bytes)
    }

    mutating func number(_ name: StaticString, _ value: Int64) {
        self.name(name)
        bytes.append(decimal: value)
    }

    mutating func flag(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bytes.append(text: value ? "true" : "false")
    }

    mutating func list(_ name: StaticString, _ values: [String]) {
        self.name(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    consuming func finished() -> [UInt8] {
        bytes.append(text: "}\n")
        return bytes
    }
}
