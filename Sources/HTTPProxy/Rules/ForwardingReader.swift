import Transport
import Values

/// Reads what a trusted proxy says about the client: `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and
/// `-Prefix`, `Forwarded` (RFC 7239), and `X-Real-IP` where both are absent.
///
/// Only the canonical names count; other spellings were never read and are removed. Whatever has no
/// reading, or two, is a fault: a guess would let the client choose its address.
struct ForwardingReader: ~Copyable {
    /// The lines that are read here.
    static let names =
        KnownField.forwarded.bit | KnownField.forwardedFor.bit | KnownField.forwardedHost.bit
        | KnownField.forwardedPort.bit | KnownField.forwardedProto.bit
        | KnownField.forwardedPrefix.bit | KnownField.realIP.bit

    private var elements: [ForwardedElement] = []

    init() { elements.reserveCapacity(BelievedClient.maxProxies) }

    /// Reads the fields of a head whose peer is trusted.
    mutating func read(
        _ fields: FieldList, present: UInt64, in bytes: Span<UInt8>, trusted: AddressSet,
        into client: inout BelievedClient
    ) throws(ForwardingFault) {
        client.clear()
        if present & KnownField.forwardedFor.bit != 0 {
            try Self.walk(fields, in: bytes, trusted: trusted, into: &client)
        }
        if let value = try Self.single(.forwardedProto, fields, present) {
            client.isSecure = try Self.scheme(value, in: bytes)
        }
        if let value = try Self.single(.forwardedHost, fields, present) {
            guard Authority.isValid(value, in: bytes) else { throw .malformed }
            client.host = value
        }
        if let value = try Self.single(.forwardedPort, fields, present) {
            guard Port.read(value, in: bytes) != nil else { throw .malformed }
            client.port = value
        }
        if let value = try Self.single(.forwardedPrefix, fields, present) {
            guard PrefixRewrite.isPrefix(bytes.extracting(value)) else { throw .malformed }
            client.prefix = value
        }
        if present & KnownField.forwarded.bit != 0 {
            try readForwarded(fields, in: bytes, trusted: trusted, into: &client)
        } else if client.chain.isEmpty, let value = try Self.single(.realIP, fields, present) {
            guard let host = HostNumber(value, in: bytes) else { throw .malformed }
            _ = try client.add(host, trusted: trusted)
        }
    }

    /// The value of a field that may occur once.
    private static func single(
        _ name: KnownField, _ fields: FieldList, _ present: UInt64
    ) throws(ForwardingFault) -> Range<Int>? {
        guard present & name.bit != 0 else { return nil }
        var value: Range<Int>?
        for field in fields where field.known == name {
            guard value == nil else { throw .repeated }
            value = field.value
        }
        return value
    }

    /// Walks all `X-Forwarded-For` fields from the right to the first address that is not trusted.
    /// What stands in front of it came from the client, and is not looked at.
    private static func walk(
        _ fields: FieldList, in bytes: Span<UInt8>, trusted: AddressSet,
        into client: inout BelievedClient
    ) throws(ForwardingFault) {
        var index = fields.count
        while index > 0 {
            index -= 1
            let field = fields[index]
            guard field.known == .forwardedFor else { continue }
            var end = field.value.upperBound
            while true {
                var start = end
                while start > field.value.lowerBound, bytes[start - 1] != UInt8(ascii: ",") {
                    start -= 1
                }
                let node = trimmed(start..<end, in: bytes)
                if ASCIIText.isSame(node, in: bytes, as: "unknown") { throw .unnamed }
                guard let host = HostNumber(node: node, allowsBareIPv6: true, in: bytes) else {
                    throw .malformed
                }
                if try client.add(host, trusted: trusted) { return }
                guard start > field.value.lowerBound else { break }
                end = start - 1
            }
        }
    }

    private static func trimmed(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, FieldLineScanner.isBlank(bytes[start]) { start += 1 }
        while end > start, FieldLineScanner.isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func scheme(
        _ value: Range<Int>, in bytes: Span<UInt8>
    ) throws(ForwardingFault) -> Bool {
        if ASCIIText.isSame(value, in: bytes, as: "https") { return true }
        if ASCIIText.isSame(value, in: bytes, as: "http") { return false }
        // Some proxies name the protocol that an upgrade asks for.
        if ASCIIText.isSame(value, in: bytes, as: "wss") { return true }
        if ASCIIText.isSame(value, in: bytes, as: "ws") { return false }
        throw .malformed
    }

    /// Walks the elements of all `Forwarded` fields in the same way. The client's element says what it
    /// asked for; whatever other fields said already must be the same.
    private mutating func readForwarded(
        _ fields: FieldList, in bytes: Span<UInt8>, trusted: AddressSet,
        into client: inout BelievedClient
    ) throws(ForwardingFault) {
        elements.removeAll(keepingCapacity: true)
        for field in fields where field.known == .forwarded {
            try ForwardedElement.read(field.value, in: bytes, into: &elements)
        }
        var walked = BelievedClient.Walk()
        var first: ForwardedElement?
        let isFirst = client.chain.isEmpty
        var index = elements.count
        while index > 0, !walked.isOver {
            index -= 1
            let element = elements[index]
            guard let node = element.node else { throw .unnamed }
            guard let host = HostNumber(node: node, allowsBareIPv6: false, in: bytes) else {
                throw Self.isUnnamed(node, in: bytes) ? .unnamed : .malformed
            }
            walked.client = host
            first = element
            if isFirst {
                walked.isOver = try client.add(host, trusted: trusted)
            } else {
                walked.isOver = !trusted.contains(host.address)
            }
        }
        guard walked.client == client.chain.last else { throw .disagreement }
        if let value = first?.scheme {
            let isSecure = try Self.scheme(value, in: bytes)
            guard client.isSecure == nil || client.isSecure == isSecure else {
                throw .disagreement
            }
            client.isSecure = isSecure
        }
        if let value = first?.host {
            guard Authority.isValid(value, in: bytes) else { throw .malformed }
            if let host = client.host, !ASCIIText.isSame(host, value, in: bytes) {
                throw .disagreement
            }
            client.host = value
        }
    }

    /// `unknown`, or a made-up name (RFC 7239 § 6.2 and § 6.3).
    private static func isUnnamed(_ node: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        ASCIIText.hasPrefix(node, in: bytes, "unknown")
            || !node.isEmpty && bytes[node.lowerBound] == UInt8(ascii: "_")
    }
}

extension BelievedClient {
    /// How far the elements of `Forwarded` were walked.
    fileprivate struct Walk {
        var client: HostNumber?
        var isOver = false
    }
}
