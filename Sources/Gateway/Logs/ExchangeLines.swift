import HTTPProxy
import PolicyEngine
import Values

/// Writes an access line: what was asked, what was answered, how long it took.
///
/// The texts between the values are arrays, made once: appending one is a copy of its bytes.
struct AccessLine {
    private let start = Array(#"{"timestamp":""#.utf8)
    private let method = Array(#"","http.request.method":"#.utf8)
    private let path = Array(#","url.path":"#.utf8)
    private let host = Array(#","server.address":"#.utf8)
    private let peer = Array(#","client.address":""#.utf8)
    private let status = Array(#"","http.response.status_code":"#.utf8)
    private let requestSize = Array(#","http.request.body.size":"#.utf8)
    private let responseSize = Array(#","http.response.body.size":"#.utf8)
    private let duration = Array(#","gatehouse.duration_us":"#.utf8)
    private let wait = Array(#","gatehouse.upstream_wait_us":"#.utf8)
    private let id = Array(#","gatehouse.request_id":""#.utf8)
    private let route = Array(#"","gatehouse.route":"#.utf8)
    private let noRoute = Array(#"""#.utf8)

    func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, to line: inout [UInt8]
    ) {
        line.append(contentsOf: start)
        record.startedAt.appendRFC3339(to: &line)
        line.append(contentsOf: method)
        JSONText.append(entry.method?.name ?? "", to: &line)
        line.append(contentsOf: path)
        JSONText.append(bytes: entry.path, to: &line)
        line.append(contentsOf: host)
        JSONText.append(bytes: entry.host, to: &line)
        line.append(contentsOf: peer)
        if let peer = entry.peer { PeerText.append(peer, to: &line) }
        line.append(contentsOf: status)
        line.append(decimal: Int64(record.status))
        line.append(contentsOf: requestSize)
        line.append(decimal: Int64(record.requestBodyBytes))
        line.append(contentsOf: responseSize)
        line.append(decimal: Int64(record.responseBodyBytes))
        line.append(contentsOf: duration)
        line.append(decimal: record.nanoseconds / 1000)
        if let nanoseconds = record.nanosecondsToFirstByte {
            line.append(contentsOf: wait)
            line.append(decimal: nanoseconds / 1000)
        }
        line.append(contentsOf: id)
        record.id.append(to: &line)
        if let decision = entry.decision, let name = entry.names?.route(decision) {
            line.append(contentsOf: route)
            line.append(contentsOf: name)
        } else if !entry.action.isEmpty {
            line.append(contentsOf: route)
            JSONText.append(entry.action, to: &line)
        } else {
            line.append(contentsOf: noRoute)
        }
        let code = entry.code(record)
        if !code.isEmpty {
            line.append(text: #","gatehouse.code":"#)
            JSONText.append(code, to: &line)
        }
        if !record.isComplete { line.append(text: #","gatehouse.incomplete":true"#) }
        line.append(text: "}\n")
    }
}

/// Writes a decision line: who asked for what, and which rule of which rule set decided.
struct DecisionLine {
    private let start = Array(#"{"ts":""#.utf8)
    private let id = Array(#"","id":""#.utf8)
    private let policy = Array(#"","policy":"#.utf8)
    private let noPolicy = Array(#""""#.utf8)
    private let allow = Array(#","decision":"allow","status":"#.utf8)
    private let deny = Array(#","decision":"deny","status":"#.utf8)
    private let noReason = Array(#","reason":null,"#.utf8)
    private let noCause = Array(#""because":null,"at":null"#.utf8)
    private let route = Array(#","route":"#.utf8)
    private let method = Array(#","method":"#.utf8)
    private let path = Array(#","path":"#.utf8)
    private let noCaller = Array(#""org":null,"principal":null,"kind":null,"roles":[]"#.utf8)
    private let noShadow = Array(",\"shadow\":null}\n".utf8)

    func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, to line: inout [UInt8]
    ) {
        line.append(contentsOf: start)
        record.startedAt.appendRFC3339(to: &line)
        line.append(contentsOf: id)
        record.id.append(to: &line)
        line.append(contentsOf: policy)
        line.append(contentsOf: entry.names?.policy ?? noPolicy)
        line.append(contentsOf: entry.isAllowed ? allow : deny)
        line.append(decimal: Int64(record.status))
        if entry.isAllowed {
            line.append(contentsOf: noReason)
        } else {
            line.append(text: #","reason":"#)
            JSONText.append(entry.reason, to: &line)
            line.append(UInt8(ascii: ","))
        }
        line.append(contentsOf: entry.names?.cause(entry.decision) ?? noCause)
        line.append(contentsOf: route)
        appendRoute(entry, to: &line)
        line.append(contentsOf: method)
        JSONText.append(entry.method?.name ?? "", to: &line)
        line.append(contentsOf: path)
        JSONText.append(bytes: entry.path, to: &line)
        line.append(UInt8(ascii: ","))
        line.append(contentsOf: entry.principal?.logMembers ?? noCaller)
        switch entry.decision?.shadow {
        case nil, .same: line.append(contentsOf: noShadow)
        case .allow: line.append(text: ",\"shadow\":\"allow\"}\n")
        case .deny: line.append(text: ",\"shadow\":\"deny\"}\n")
        }
    }

    private func appendRoute(_ entry: LogEntry, to line: inout [UInt8]) {
        if let decision = entry.decision, let name = entry.names?.route(decision) {
            line.append(contentsOf: name)
        } else if !entry.action.isEmpty {
            JSONText.append(entry.action, to: &line)
        } else {
            line.append(text: "null")
        }
    }
}

/// Writes a line for a person:
/// `404  deny   GET /orgs/org_b/projects  u_ann in org_a  other-organization  by projects-list`
enum ConsoleLine {
    static func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, to console: inout [UInt8]
    ) {
        console.append(decimal: Int64(record.status))
        console.append(
            text: entry.isDecided ? (entry.isAllowed ? "  allow  " : "  deny   ") : "         ")
        console.append(text: entry.method?.name ?? "-")
        console.append(UInt8(ascii: " "))
        // A path is in its normal form: it has no control bytes.
        console.append(contentsOf: entry.path)
        console.append(text: "  \(entry.principal?.facts.id.text ?? "anonymous")")
        if let organization = entry.principal?.facts.organization {
            console.append(text: " in \(organization.text)")
        }
        let code = entry.code(record)
        if !code.isEmpty { console.append(text: "  \(code)") }
        appendCause(entry, to: &console)
        console.append(UInt8(ascii: "\n"))
    }

    private static func appendCause(_ entry: LogEntry, to console: inout [UInt8]) {
        if let decision = entry.decision, let names = entry.names,
            let rule = names.rule(decision) ?? names.routeName(decision)
        {
            console.append(text: "  by ")
            console.append(contentsOf: rule)
        } else if !entry.action.isEmpty {
            console.append(text: "  by \(entry.action)")
        }
    }
}
