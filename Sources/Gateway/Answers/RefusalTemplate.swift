import HTTPProxy
import Values

/// A refusal made ready once: only the request id, and for a challenge the host, are filled in.
struct RefusalTemplate: Sendable {
    let problem: Problem
    private let bodyPrefix: [UInt8]
    /// What stands before the host in `WWW-Authenticate`; empty where there is no such header.
    private let challengePrefix: [UInt8]
    private let otherHeaders: [UInt8]

    /// How an answer challenges (RFC 6750 § 3, RFC 9728 § 5.1).
    enum Challenge: Sendable {
        /// Not at all: another token would change nothing.
        case none
        /// The request carried no token: nothing went wrong yet, so no error is named.
        case bare
        /// The token was refused.
        case invalidToken
        /// The request carries its token in a way that has two readings, or none.
        case invalidRequest
        /// The token is good and its permissions are not enough. Which are missing is not told: a
        /// client learns the code, never the rule.
        case insufficientScope

        /// The `error` of RFC 6750 § 3.1.
        fileprivate var error: String? {
            switch self {
            case .none, .bare: nil
            case .invalidToken: "invalid_token"
            case .invalidRequest: "invalid_request"
            case .insufficientScope: "insufficient_scope"
            }
        }
    }

    /// A template of one answer.
    ///
    /// - Parameter headers: complete header lines besides the challenge.
    init(_ problem: Problem, challenge: Challenge = .none, headers: String = "") {
        self.problem = problem
        bodyPrefix = problem.bodyPrefix
        otherHeaders = Array(headers.utf8)
        challengePrefix =
            switch challenge {
            case .none: []
            case .bare, .invalidToken, .invalidRequest, .insufficientScope:
                Array(
                    ("WWW-Authenticate: Bearer "
                        + (challenge.error.map { Self.error($0, problem.title) } ?? "")
                        + "resource_metadata=\"").utf8)
            }
    }

    /// The answer to one request.
    ///
    /// - Parameters:
    ///   - scheme: `http` or `https`, as the client sees us.
    ///   - host: the authority of the request; it was checked to be one.
    func refusal(
        id: ExchangeID, scheme: StaticString, host: Range<Int>, in bytes: Span<UInt8>
    ) -> Refusal {
        var headers = otherHeaders
        if !challengePrefix.isEmpty {
            headers.append(contentsOf: challengePrefix)
            headers.append(text: "\(scheme)://")
            for index in host { headers.append(bytes[index]) }
            headers.append(text: Self.metadataPath + "\"\r\n")
        }
        return finished(headers, id)
    }

    /// The answer where the host of the request is not known.
    func refusal(id: ExchangeID) -> Refusal { finished(otherHeaders, id) }

    /// Where the metadata of this protected resource stands (RFC 9728 § 3.1).
    static let metadataPath = "/.well-known/oauth-protected-resource"

    private func finished(_ headers: [UInt8], _ id: ExchangeID) -> Refusal {
        var body: [UInt8] = []
        body.reserveCapacity(bodyPrefix.count + 32)
        body.append(contentsOf: bodyPrefix)
        id.append(to: &body)
        body.append(contentsOf: Problem.bodySuffix)
        return Refusal(
            status: problem.status, code: problem.code, headers: headers,
            contentType: Problem.mediaType, body: body)
    }

    private static func error(_ name: String, _ description: String) -> String {
        "error=\"\(name)\", error_description=\"\(quotable(description))\", "
    }

    /// What may stand in `error_description` (RFC 6750 § 3): no quotes and no backslashes.
    private static func quotable(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                $0 == "\"" || $0 == "\\" || !$0.isASCII ? "'" : Character($0)
            })
    }
}
