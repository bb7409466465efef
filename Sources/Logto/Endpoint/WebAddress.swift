import Values

/// An absolute address in the one spelling that we accept: lower-case scheme and host, no user
/// information, no query, no fragment. `http` is for this machine alone.
struct WebAddress {
    let host: String
    let port: UInt16
    let origin: String
    let path: String

    init(_ text: String) throws(LogtoEndpoint.Rejection) {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { throw .scheme }
        let rest = text.utf8.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let (host, portText) = try Self.split(authority)
        guard Self.isHost(host) else { throw .host }
        guard isSecure || Self.isLoopback(host) else { throw .scheme }
        if let portText {
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                !portText.hasPrefix("0"), let port = UInt16(portText)
            else { throw .port }
            self.port = port
        } else {
            port = isSecure ? 443 : 80
        }
        self.host = host
        origin = "\(isSecure ? "https" : "http")://\(host):\(port)"
        guard let path = String(rest[authority.endIndex...]) else { throw .path }
        self.path = path
    }

    /// Whether every segment is made of unreserved characters, and none is empty or of dots.
    var hasPlainPath: Bool {
        path.isEmpty
            || path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().allSatisfy {
                segment in
                !segment.isEmpty && segment != "." && segment != ".."
                    && segment.utf8.allSatisfy(PercentEncoding.isUnreserved)
            }
    }

    private static func split(
        _ authority: Substring.UTF8View.SubSequence
    ) throws(LogtoEndpoint.Rejection) -> (host: String, port: String?) {
        guard let text = String(authority) else { throw .host }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .host }
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            return (String(text[...end]), after.isEmpty ? nil : String(after.dropFirst()))
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    }

    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("[") {
            return host.utf8.count > 3
                && host.dropFirst().dropLast().utf8.allSatisfy { byte in
                    byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || isHexDigit(byte)
                }
        }
        guard (1...253).contains(host.utf8.count) else { return false }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    isDigit(byte) || byte == UInt8(ascii: "-")
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                }
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host.isExactly("localhost") || host.isExactly("[::1]") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
