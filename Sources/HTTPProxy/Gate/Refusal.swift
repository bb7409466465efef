package import Values

/// A complete answer that the gate gives instead of forwarding.
package struct Refusal: Sendable {
    /// The status, 400 to 599 (200 for gRPC).
    package var status: Int
    /// Stable name of the cause, for the record of the exchange.
    package var code: String
    /// Complete `Name: value\r\n` lines besides Content-Type, Content-Length, Connection and Date.
    package var headers: [UInt8]
    /// The value of Content-Type; empty for none.
    package var contentType: String
    /// The body.
    package var body: [UInt8]
    /// Whether the connection ends with this answer.
    package var closes: Bool

    /// An answer by its parts.
    package init(
        status: Int, code: String, headers: [UInt8] = [],
        contentType: String = "application/problem+json", body: [UInt8] = [], closes: Bool = false
    ) {
        self.status = status
        self.code = code
        self.headers = headers
        self.contentType = contentType
        self.body = body
        self.closes = closes
    }

    /// A plain problem document (RFC 9457) with status, title, code, detail and request id.
    package static func problem(
        status: Int, code: String, detail: String, requestID: ExchangeID, closes: Bool = false
    ) -> Refusal {
        var body: [UInt8] = []
        body.append(text: #"{"title":"#)
        JSONText.append(StatusText.reason(status), to: &body)
        body.append(text: #","status":"#)
        body.append(decimal: Int64(status))
        body.append(text: #","code":"#)
        JSONText.append(code, to: &body)
        body.append(text: #","detail":"#)
        JSONText.append(detail, to: &body)
        body.append(text: #","request_id":""#)
        requestID.append(to: &body)
        body.append(text: "\"}\n")
        return Refusal(status: status, code: code, body: body, closes: closes)
    }
}
