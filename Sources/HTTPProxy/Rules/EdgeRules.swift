import Transport
import Values

/// The edge settings on one loop, with the scratch memory that they need.
final class EdgeRules {
    let settings: EdgeSettings
    /// Whether X-Forwarded-… lines are sent to upstreams.
    let setsForwardedFields: Bool
    /// The `Via` line for messages that came by HTTP/1.1, and by HTTP/1.0.
    let via: [UInt8]
    let oldVia: [UInt8]
    let identifier: [UInt8]

    private var reader = ForwardingReader()
    /// What is believed of the client of the request that was read last.
    private(set) var client = BelievedClient()

    init(_ settings: EdgeSettings, setsForwardedFields: Bool) {
        self.settings = settings
        self.setsForwardedFields = setsForwardedFields
        via = Array("Via: 1.1 \(settings.identifier)\r\n".utf8)
        oldVia = Array("Via: 1.0 \(settings.identifier)\r\n".utf8)
        identifier = Array(settings.identifier.utf8)
    }

    /// Reads what a trusted peer says about its client.
    func read(_ head: borrowing RequestHead, in bytes: Span<UInt8>) throws(RequestFault) {
        do {
            try reader.read(
                head.fields, present: head.present, in: bytes, trusted: settings.trustedProxies,
                into: &client)
        } catch {
            throw .forwarding(error)
        }
    }

    /// Whether the words of a peer are believed.
    func trusts(_ peer: SocketAddress) -> Bool {
        if case .unix = peer { return settings.trustsLocalSockets }
        return settings.trustedProxies.contains(peer)
    }
}

/// What is the same for all requests of one client connection.
///
/// A class: it goes through several hands for each request, and would be copied part by part.
final class ConnectionOrigin {
    let peer: SocketAddress
    /// Whether what it says about clients is believed.
    let isTrusted: Bool
    /// What is known of the connection's TLS; nil in clear text.
    let tls: TLSFacts?
    /// What upstreams are told about the client, up to the host; empty where they are told nothing.
    let lines: [UInt8]

    /// Whether the connection itself is TLS.
    var isSecure: Bool { tls != nil }

    init(peer: SocketAddress, tls: TLSFacts?, edge: EdgeRules) {
        self.peer = peer
        self.tls = tls
        isTrusted = edge.trusts(peer)
        var lines: [UInt8] = []
        if edge.setsForwardedFields {
            lines.reserveCapacity(96)
            lines.append("X-Forwarded-For: ")
            var text = ByteBuffer(capacity: 48)
            ForwardingWriter.append(peer, to: &text)
            text.withSpan { lines.append($0) }
            lines.append(
                tls != nil
                    ? "\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "
                    : "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ")
        }
        self.lines = lines
    }
}
