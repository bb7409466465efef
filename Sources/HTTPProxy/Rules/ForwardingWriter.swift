import Transport
import Values

/// Writes what upstreams are told about the client: `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`,
/// and `-Prefix` where there is one. `Forwarded` is not written: no two readings of one thing.
enum ForwardingWriter {
    /// Adds the lines where only the peer is known.
    static func append(
        _ origin: ConnectionOrigin, host: Range<Int>, in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        out.append(origin.lines)
        out.append(bytes, host)
        appendPort(nil, host: host, isSecure: origin.isSecure, in: bytes, to: &out)
    }

    /// Adds the lines with what trusted proxies say: the addresses from the client on that are
    /// believed, and the peer.
    static func append(
        _ client: BelievedClient, peer: SocketAddress, isSecure: Bool, host: Range<Int>,
        in bytes: Span<UInt8>, to out: inout ByteBuffer
    ) {
        out.append("X-Forwarded-For: ")
        var index = client.chain.count
        while index > 0 {
            index -= 1
            append(client.chain[index].address, to: &out)
            out.append(", ")
        }
        append(peer, to: &out)
        out.append(
            isSecure
                ? "\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "
                : "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ")
        let host = client.host ?? host
        out.append(bytes, host)
        appendPort(client.port, host: host, isSecure: isSecure, in: bytes, to: &out)
    }

    /// Adds the port: what the proxies say, or the host's, or the scheme's.
    @inline(__always)
    private static func appendPort(
        _ port: Range<Int>?, host: Range<Int>, isSecure: Bool, in bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        if let port = port ?? Authority.port(of: host, in: bytes) {
            out.append("\r\nX-Forwarded-Port: ")
            out.append(bytes, port)
            out.append("\r\n")
        } else {
            out.append(
                isSecure ? "\r\nX-Forwarded-Port: 443\r\n" : "\r\nX-Forwarded-Port: 80\r\n")
        }
    }

    /// Adds the prefix of paths that the client sees and the upstream does not.
    static func appendPrefix(
        _ believed: Range<Int>?, stripped: [UInt8], in bytes: Span<UInt8>, to out: inout ByteBuffer
    ) {
        guard believed?.isEmpty == false || !stripped.isEmpty else { return }
        out.append("X-Forwarded-Prefix: ")
        if let believed { out.append(bytes, believed) }
        out.append(stripped)
        out.append("\r\n")
    }

    /// Adds an address; the client of a socket in the file system has none that others could read
    /// as one.
    static func append(_ peer: SocketAddress, to out: inout ByteBuffer) {
        if case .unix = peer {
            out.append("unknown")
        } else {
            PeerText.append(peer, to: &out)
        }
    }
}
