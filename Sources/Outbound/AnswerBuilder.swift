import Values

/// Gathers an answer line by line and piece by piece, within bounds.
struct AnswerBuilder {
    /// Bytes of all header lines together.
    static let maxHeadBytes = 65_536
    /// Header fields.
    static let maxFields = 200

    var maxBodyBytes = 0

    /// Why the answer cannot be taken, once it cannot.
    private(set) var fault: OutboundFailure?

    private enum Phase { case statusLine, fields, body }

    private var phase = Phase.statusLine
    private var status = 0
    private var headers = HeaderList()
    private var headBytes = 0
    private var body: [UInt8] = []

    /// Takes one header line, line ending included; false ends the call.
    mutating func received(headLine line: [UInt8]) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.maxHeadBytes, headers.fields.count < Self.maxFields else {
            return refuse(.answerTooLarge, "the head of the answer is too large")
        }
        let text = line.prefix { $0 != 0x0D && $0 != 0x0A }
        switch phase {
        case .statusLine:
            guard let status = Self.status(of: text) else {
                return refuse(.malformedAnswer, "the status line is malformed")
            }
            self.status = status
            headers = HeaderList()
            phase = .fields
            return true
        case .fields where text.isEmpty:
            // An interim answer is followed by another status line.
            phase = status < 200 ? .statusLine : .body
            return true
        case .fields:
            return addField(text)
        case .body:
            // Trailers: nothing that we call needs them, and they must not pass for header fields.
            return true
        }
    }

    /// Takes a piece of the body; false ends the call.
    mutating func received(body piece: [UInt8]) -> Bool {
        guard piece.count <= maxBodyBytes - body.count else {
            return refuse(.answerTooLarge, "the body of the answer is over \(maxBodyBytes) bytes")
        }
        body += piece
        return true
    }

    /// The answer, once it is complete.
    func response() -> OutboundResponse? {
        guard fault == nil, phase == .body else { return nil }
        return OutboundResponse(status: status, headers: headers, body: body)
    }

    private mutating func addField(_ line: ArraySlice<UInt8>) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(HTTPToken.isTokenByte),
            let name = String(validating: line[..<colon], as: UTF8.self)
        else { return refuse(.malformedAnswer, "a header line is malformed") }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var value = line[(colon + 1)...].drop(while: isSpace)
        while let last = value.last, isSpace(last) { value.removeLast() }
        guard let text = String(validating: value, as: UTF8.self) else {
            return refuse(.malformedAnswer, "a header value is not UTF-8")
        }
        headers.append(name, text)
        return true
    }

    private mutating func refuse(_ kind: OutboundFailure.Kind, _ detail: String) -> Bool {
        fault = OutboundFailure(kind, .unknown, detail)
        return false
    }

    /// `HTTP/1.1 200 OK` → 200.
    private static func status(of line: ArraySlice<UInt8>) -> Int? {
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].starts(with: "HTTP/".utf8), parts[1].count == 3,
            let status = Int(String(decoding: parts[1], as: UTF8.self)),
            (100...999).contains(status)
        else { return nil }
        return status
    }
}
