import Cryptography
import Documents
import HTTPProxy
import Values

/// Turns an answer into bytes, with the fields that every answer of a real Logto carries.
struct ResponseWriter {
    let requestID: String

    /// The response; a GET whose entity tag the client knows is 304.
    func write(_ answer: Answer, to request: LocalRequest) -> LocalResponse {
        var response = LocalResponse(
            status: answer.status, headers: Self.standing, body: [])
        for field in answer.headers.fields { response.headers.append(field.name, field.value) }
        switch answer.content {
        case .none: break
        case .json(let value):
            response.body = JSONWriter.write(value)
            response.headers.append("Content-Type", answer.mediaType)
        case .text(let text):
            response.body = Array(text.utf8)
            response.headers.append("Content-Type", "text/plain; charset=utf-8")
        }
        if request.method == .get, answer.status == 200 {
            let tag = Self.entityTag(response.body)
            response.headers.append("ETag", tag)
            if isKnown(tag, to: request) {
                response.status = 304
                response.headers.remove("Content-Type")
                response.body = []
            }
        }
        response.headers.append("Logto-Core-Request-Id", requestID)
        if request.method == .head { response.body = [] }
        return response
    }

    /// A strong tag of the shape that Logto's have: length and digest.
    private static func entityTag(_ body: [UInt8]) -> String {
        let digest = Base64URL.encode(SHA256.hash(body)).prefix(27)
        return "\"\(String(body.count, radix: 16))-\(digest)\""
    }

    private func isKnown(_ tag: String, to request: LocalRequest) -> Bool {
        guard let header = request.headers["if-none-match"] else { return false }
        let directives = (request.headers["cache-control"] ?? "").lowercased().split(separator: ",")
        let isForced = directives.contains {
            String($0.filter { $0 != " " }).isExactly("no-cache")
        }
        if isForced { return false }
        return header.split(separator: ",").contains { part in
            var known = part.drop { $0 == " " }
            while known.hasSuffix(" ") { known.removeLast() }
            if known.hasPrefix("W/") { known.removeFirst(2) }
            return known == "*" || String(known).isExactly(tag)
        }
    }

    private static let standing: HeaderList = [
        "Vary": "Accept-Encoding, Origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Origin-Agent-Cluster": "?1",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Strict-Transport-Security": "max-age=15552000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Download-Options": "noopen",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-XSS-Protection": "0",
    ]
}
