import HTTPProxy
import PolicyEngine
import Values

/// Writes an access line: what was asked, what was answered, how long it took.
///
/// What stands between the values is constant text, which the compiler stores without a call.
enum AccessLine {
    static func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, at time: borrowing LogTime,
        to line: inout ByteBuffer
    ) {
        line.append(#"{"timestamp":""#)
        time.append(to: &line)
        line.append(#"","http.request.method":""#)
        // A method is a token: nothing in it needs an escape.
        if let method = entry.method { line.append(method) }
        line.append(#"","url.path":"#)
        entry.appendPathAndAddresses(to: &line)
        line.append(#"","http.response.status_code":"#)
        line.append(decimal: record.status)
        line.append(#","http.request.body.size":"#)
        line.append(decimal: record.requestBodyBytes)
        line.append(#","http.response.body.size":"#)
        line.append(decimal: record.responseBodyBytes)
        line.append(#","gatehouse.duration_us":"#)
        line.append(decimal: record.nanoseconds / 1000)
        if let nanoseconds = record.nanosecondsToFirstByte {
            line.append(#","gatehouse.upstream_wait_us":"#)
            line.append(decimal: nanoseconds / 1000)
        }
        line.append(#","gatehouse.request_id":""#)
        line.append(record.id)
        line.append(UInt8(ascii: "\""))
        if let route = entry.decision?.route, let names = entry.names {
            names.append(route: route, .access, to: &line)
        } else if !entry.action.isEmpty {
            line.append(#","gatehouse.route":"#)
            line.append(json: entry.action)
        }
        let code = entry.code(record)
        if !code.isEmpty {
            line.append(#","gatehouse.code":"#)
            line.append(json: code)
        }
        if !record.isComplete { line.append(#","gatehouse.incomplete":true"#) }
        line.append("}\n")
    }
}

/// Writes a decision line: who asked for what, and which rule of which rule set decided.
enum DecisionLine {
    static func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, at time: borrowing LogTime,
        to line: inout ByteBuffer
    ) {
        line.append(#"{"ts":""#)
        time.append(to: &line)
        line.append(#"","id":""#)
        line.append(record.id)
        let names = entry.names
        let decision = entry.decision
        let isAllowed = decision?.isAllowed ?? false
        if let names {
            names.appendHead(isAllowed: isAllowed, to: &line)
        } else {
            line.append(#"","policy":"","decision":"deny","status":"#)
        }
        line.append(decimal: record.status)
        if isAllowed {
            line.append(#","reason":null,"#)
        } else {
            line.append(#","reason":"#)
            line.append(json: entry.reason)
            line.append(UInt8(ascii: ","))
        }
        if let rule = decision?.rule, let names {
            names.append(causeOf: rule, to: &line)
        } else {
            line.append(#""because":null,"at":null"#)
        }
        appendRoute(decision?.route, names, entry.action, to: &line)
        if let method = entry.method { line.append(method) }
        line.append(#"","path":"#)
        entry.appendPath(to: &line)
        line.append(UInt8(ascii: ","))
        if let principal = entry.principal {
            line.append(principal.logMembers)
        } else {
            line.append(#""org":null,"principal":null,"kind":null,"roles":[]"#)
        }
        switch decision?.shadow {
        case nil, .same: line.append(",\"shadow\":null}\n")
        case .allow: line.append(",\"shadow\":\"allow\"}\n")
        case .deny: line.append(",\"shadow\":\"deny\"}\n")
        }
    }

    /// Adds the route, and the beginning of the method.
    private static func appendRoute(
        _ route: Int?, _ names: LogNames?, _ action: String, to line: inout ByteBuffer
    ) {
        if let route, let names {
            names.append(route: route, .decision, to: &line)
            return
        }
        line.append(#","route":"#)
        if action.isEmpty {
            line.append("null")
        } else {
            line.append(json: action)
        }
        line.append(#","method":""#)
    }
}

/// Writes a line for a person:
/// `404  deny   GET /orgs/org_b/projects  u_ann in org_a  other-organization  by projects-list`
enum ConsoleLine {
    static func write(
        _ entry: LogEntry, _ record: borrowing ExchangeRecord, to console: inout ByteBuffer
    ) {
        console.append(decimal: record.status)
        console.append(
            text: entry.isDecided ? (entry.isAllowed ? "  allow  " : "  deny   ") : "         ")
        console.append(text: entry.method?.name ?? "-")
        console.append(UInt8(ascii: " "))
        // A path is in its normal form: it has no control bytes.
        entry.appendPlainPath(to: &console)
        console.append(text: "  \(entry.principal?.facts.id.text ?? "anonymous")")
        if let organization = entry.principal?.facts.organization {
            console.append(text: " in \(organization.text)")
        }
        let code = entry.code(record)
        if !code.isEmpty { console.append(text: "  \(code)") }
        appendCause(entry, to: &console)
        console.append(UInt8(ascii: "\n"))
    }

    private static func appendCause(_ entry: LogEntry, to console: inout ByteBuffer) {
        if let names = entry.names, let rule = entry.decision?.rule {
            console.append("  by ")
            names.append(rule: rule, to: &console)
        } else if let names = entry.names, let route = entry.decision?.route {
            console.append("  by ")
            names.append(route: route, .console, to: &console)
        } else if !entry.action.isEmpty {
            console.append(text: "  by \(entry.action)")
        }
    }
}
