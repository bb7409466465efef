import Values

/// Refuses requests whose header fields would change the message around them.
enum RequestCheck {
    /// Fields that the client sets itself.
    private static let own = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te",
        "user-agent", "accept-encoding",
    ]

    /// What is wrong with the request, or nil.
    static func fault(in request: OutboundRequest) -> String? {
        for (name, value) in request.headers.fields {
            guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isTokenByte) else {
                return "a header name is not a token"
            }
            // SECURITY: a line break in a value would begin another field or another request.
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "the value of header \(name) holds a control character"
            }
            guard !own.contains(where: { HeaderList.isSame($0, name) }) else {
                return "header \(name) is set by the client itself"
            }
        }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "the address holds a character that must be percent-encoded"
        }
        guard request.method != .connect else { return "the method CONNECT is not offered" }
        return nil
    }
}
