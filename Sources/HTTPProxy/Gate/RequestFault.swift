package import Values

/// Why the proxy itself refuses a request. The caller is to blame, but for the last seven.
package enum RequestFault: Error, Equatable, Sendable {
    case malformed(HeadFault)
    case pathNotNormal(PathNormalForm.Rejection)
    case badBody(BodyFault)
    case targetTooLong
    case headTooLarge
    case tooManyFields
    case unknownTransferCoding
    case unsupportedVersion
    case unsupportedMethod
    case unmetExpectation
    case protectedNameInConnection
    /// What a trusted proxy says about the client has no reading, or two.
    case forwarding(ForwardingFault)
    /// The request has been here before.
    case loop
    case bodyTooLarge
    case headTimeout
    case bodyTimeout
    case heldTooOften
    case holdTimeout
    case serviceTimeout
    case overloaded
    case unanswered
    /// The route leads to an upstream whose paths all begin with a prefix that this one lacks.
    case outsidePrefix

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .malformed, .pathNotNormal, .badBody, .protectedNameInConnection, .forwarding: 400
        case .outsidePrefix: 404
        case .unsupportedMethod: 405
        case .headTimeout, .bodyTimeout: 408
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unmetExpectation: 417
        case .headTooLarge, .tooManyFields: 431
        case .unanswered: 500
        case .unknownTransferCoding: 501
        case .heldTooOften, .holdTimeout, .overloaded: 503
        case .serviceTimeout: 504
        case .unsupportedVersion: 505
        case .loop: 508
        }
    }

    /// Stable name: log field, metric label and `code` member of the answer.
    package var code: String {
        switch self {
        case .malformed: "request-malformed"
        case .pathNotNormal: "path-not-normal"
        case .badBody: "body-malformed"
        case .targetTooLong: "target-too-long"
        case .headTooLarge: "head-too-large"
        case .tooManyFields: "too-many-headers"
        case .unknownTransferCoding: "transfer-coding-unknown"
        case .unsupportedVersion: "version-not-supported"
        case .unsupportedMethod: "method-not-supported"
        case .unmetExpectation: "expectation-failed"
        case .protectedNameInConnection: "connection-names-protected-header"
        case .forwarding: "forwarding-malformed"
        case .loop: "loop-detected"
        case .bodyTooLarge: "body-too-large"
        case .headTimeout: "head-timeout"
        case .bodyTimeout: "body-timeout"
        case .heldTooOften, .overloaded: "overloaded"
        case .holdTimeout: "decision-timeout"
        case .serviceTimeout: "service-timeout"
        case .unanswered: "internal-error"
        case .outsidePrefix: "no-upstream-path"
        }
    }

    /// One sentence for the person who sent the request.
    package var detail: String {
        switch self {
        case .malformed(let fault): fault.rawValue
        case .pathNotNormal(let rejection): rejection.rawValue
        case .badBody(let fault): fault.rawValue
        case .targetTooLong: "the request target is too long"
        case .headTooLarge: "the request line and header fields are too large"
        case .tooManyFields: "the request has too many header fields"
        case .unknownTransferCoding: "the only transfer coding understood is chunked"
        case .unsupportedVersion: "the versions understood are HTTP/1.1 and HTTP/1.0"
        case .unsupportedMethod: "CONNECT and TRACE are not supported"
        case .unmetExpectation: "the only expectation understood is 100-continue"
        case .protectedNameInConnection:
            "the Connection header names a header that may not be removed"
        case .forwarding(let fault): fault.rawValue
        case .loop: "the request has come through this gateway before"
        case .bodyTooLarge: "the request body is too large"
        case .headTimeout: "the request head did not arrive in time"
        case .bodyTimeout: "the request body arrived too slowly"
        case .heldTooOften: "the request waited for the same cause twice"
        case .holdTimeout: "the request could not be decided in time"
        case .serviceTimeout: "the service did not answer in time"
        case .overloaded: "too many requests are waiting"
        case .unanswered: "the service gave no answer"
        case .outsidePrefix: "the upstream of this route has no such path"
        }
    }
}

/// What is wrong with the syntax of a request head.
package enum HeadFault: String, Error, CaseIterable, Equatable, Sendable {
    case requestLine = "the request line is malformed"
    case method = "the method is not a token"
    case target = "the request target has a form that is not understood"
    case version = "the version is malformed"
    case lineEnd = "a line does not end with CR LF"
    case fieldName = "a header name is malformed"
    case fieldValue = "a header value has a control byte"
    case folding = "a header is folded over several lines"
    case hostMissing = "the Host header is missing"
    case hostRepeated = "the Host header is repeated"
    case host = "the Host header is malformed"
    case hostDiffers = "the request target and the Host header name different hosts"
    case contentLength = "the Content-Length header is malformed"
    case contentLengthRepeated = "the Content-Length header is repeated"
    case transferEncoding = "the Transfer-Encoding header is malformed"
    case bothFramings = "Content-Length and Transfer-Encoding exclude each other"
    case framingLookAlike = "a header name looks like a framing header"
    case connection = "the Connection header is malformed"
    case maxForwards = "the Max-Forwards header is malformed"
    case http2Preface = "HTTP/2 is not spoken here"
}

/// What is wrong with the framing of a body.
package enum BodyFault: String, Error, CaseIterable, Equatable, Sendable {
    case chunkSize = "a chunk size is malformed"
    case chunkTooLarge = "a chunk size is too large"
    case chunkExtension = "a chunk extension is malformed"
    case chunkExtensionTooLong = "a chunk extension is too long"
    case chunkEnd = "a chunk does not end where its size says"
    case trailer = "a trailer field is malformed"
    case trailersTooLarge = "the trailer fields are too large"
}

/// What is wrong with the words of a trusted proxy about the client.
package enum ForwardingFault: String, Error, CaseIterable, Equatable, Sendable {
    case malformed = "a header about the client's address, scheme or host is malformed"
    case repeated = "a header about the client's address, scheme or host is repeated"
    case tooLong = "the headers about the client's address name too many proxies"
    case unnamed = "a proxy in front does not name the client's address"
    case disagreement = "the headers about the client's address, scheme or host disagree"
}
