package import Transport

/// Why an upstream gave no answer that may be passed on.
package enum UpstreamFailure: Error, Equatable, Sendable {
    /// No upstream has that index.
    case unknown
    /// As many connections to it are in use as may be.
    case busy
    /// It refused the connection, or could not be reached.
    case refused
    case connectTimeout
    /// TLS with it did not come about.
    case insecure(TLSFailure.Reason)
    /// It closed or reset the connection before the answer began.
    case closedBeforeResponse
    case responseTimeout
    /// It sent something that is no strict HTTP/1.1 answer.
    case badFraming(ResponseFault)
    /// It broke off in the middle of the answer.
    case closedMidResponse
    /// It sent nothing for too long in the middle of the answer.
    case stalled
    /// The exchange took longer than it may altogether.
    case totalTimeout

    /// The `code` of every failure, in the order of `number`.
    package static let codes = [
        "upstream-unknown", "upstream-busy", "upstream-refused", "upstream-connect-timeout",
        "upstream-closed", "upstream-timeout", "upstream-bad-response", "upstream-aborted",
        "upstream-stalled", "upstream-total-timeout", "upstream-tls",
    ]

    /// Where its code stands in `codes`.
    package var number: Int {
        switch self {
        case .unknown: 0
        case .busy: 1
        case .refused: 2
        case .connectTimeout: 3
        case .closedBeforeResponse: 4
        case .responseTimeout: 5
        case .badFraming: 6
        case .closedMidResponse: 7
        case .stalled: 8
        case .totalTimeout: 9
        case .insecure: 10
        }
    }

    /// The status of the answer, where one can still be given.
    package var status: Int {
        switch self {
        case .busy: 503
        case .connectTimeout, .responseTimeout, .stalled, .totalTimeout: 504
        case .unknown, .refused, .insecure, .closedBeforeResponse, .badFraming, .closedMidResponse:
            502
        }
    }

    /// Stable name: log field, metric label and `code` member of the answer.
    package var code: String { Self.codes[number] }

    /// One sentence for the person who sent the request.
    package var detail: String {
        switch self {
        case .unknown: "the upstream is not configured"
        case .busy: "the upstream has no free connection"
        case .refused: "the upstream refused the connection"
        case .connectTimeout: "the upstream did not accept the connection in time"
        case .insecure: "no TLS connection to the upstream came about"
        case .closedBeforeResponse: "the upstream closed the connection without an answer"
        case .responseTimeout: "the upstream did not answer in time"
        case .badFraming: "the upstream's answer is malformed"
        case .closedMidResponse: "the upstream broke off its answer"
        case .stalled: "the upstream stopped sending its answer"
        case .totalTimeout: "the request took longer than it may"
        }
    }
}

/// What is wrong with an upstream's answer.
package enum ResponseFault: String, Error, CaseIterable, Equatable, Sendable {
    case statusLine = "the status line is malformed"
    case version = "the version is not HTTP/1.1 or HTTP/1.0"
    case headTooLarge = "the head is too large"
    case tooManyFields = "there are too many header fields"
    case lineEnd = "a line does not end with CR LF"
    case fieldName = "a header name is malformed"
    case fieldValue = "a header value has a control byte"
    case folding = "a header is folded over several lines"
    case contentLength = "the Content-Length header is malformed or repeated"
    case transferEncoding = "the Transfer-Encoding header is not `chunked`"
    case bothFramings = "Content-Length and Transfer-Encoding exclude each other"
    case upgrade = "it switched protocols unasked"
    case tooManyInterim = "there were too many interim answers"
    case body = "the body is malformed"
    case bodyNotAllowed = "its status allows no body"
    case excess = "bytes follow its end"
    case early = "it came without a request"
}
