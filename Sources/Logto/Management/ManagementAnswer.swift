import Documents
import Outbound
import Values

/// What an answer of the Management API means.
enum ManagementAnswer {
    /// Bodies nest no deeper; the custom data of an organization may be somebody's whole tree.
    static let depth = 64

    /// The failure that an answer stands for, or nil for the status that the call expects.
    static func failure(
        _ response: OutboundResponse, call: ManagementCall
    ) -> LogtoFailure? {
        if response.status == call.success { return nil }
        let code = errorCode(response)
        switch response.status {
        case 200...299:
            return call.fault("status \(response.status) instead of \(call.success)")
        case 401:
            return .unauthorized
        case 403:
            switch code {
            case "subscription.limit_exceeded"?, "system_limit.limit_exceeded"?:
                return .quotaExceeded(code: code ?? "")
            case let code? where code.hasPrefix("auth."): return .forbidden
            default: return .refused(status: 403, code: code)
            }
        case 404:
            // Only JSON with the code of this call says "not there": a wrong path and a body over
            // 1 MiB are 404 as well, with a text (L29).
            if let code, code == call.absent { return .notFound(code: code) }
            return .refused(status: 404, code: code)
        case 422:
            return code.map { .unprocessable(code: $0) } ?? .refused(status: 422, code: nil)
        case 429:
            return .throttled(retryAfter: RetryAfter.read(response.headers))
        case 500...599:
            // A 500 can follow a committed write (L30).
            return call.isWrite
                ? .unknownOutcome(reason: "status-\(response.status)")
                : .unavailable(reason: "status-\(response.status)")
        default:
            return .refused(status: response.status, code: code)
        }
    }

    /// The JSON of an answer where JSON is due.
    static func json(
        _ response: OutboundResponse, call: ManagementCall
    ) throws(LogtoFailure) -> JSONValue {
        guard response.mediaType == "application/json" else {
            throw call.fault("media type \(response.mediaType ?? "absent")")
        }
        do {
            return try JSONReader.read(
                response.body,
                limits: JSONReader.Limits(depth: depth, bytes: ManagementCall.maxBytes))
        } catch {
            throw call.fault(error.description)
        }
    }

    /// `Total-Number` of a list.
    static func total(
        _ response: OutboundResponse, call: ManagementCall
    ) throws(LogtoFailure) -> Int {
        guard let text = response.headers["total-number"], let total = Int(text), total >= 0 else {
            throw call.fault("no Total-Number")
        }
        return total
    }

    /// The text as a code: kept only in the form that Logto's codes have, since it reaches logs.
    static func code(_ text: String) -> String? {
        guard (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                PercentEncoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
            })
        else { return nil }
        return text
    }

    /// `code` of an error body; its `message`, `details` and `data` are never read.
    private static func errorCode(_ response: OutboundResponse) -> String? {
        guard response.mediaType == "application/json",
            let value = try? JSONReader.read(
                response.body,
                limits: JSONReader.Limits(depth: depth, bytes: ManagementCall.maxBytes)),
            let text = value["code"]?.stringValue
        else { return nil }
        return code(text)
    }
}
