package import Transport
import Values

/// The text of a peer's address, without making a `String` of the common kind.
package enum PeerText {
    /// Adds the host part.
    package static func append(_ peer: SocketAddress, to out: inout ByteBuffer) {
        guard case .ipv4(let number, _) = peer else {
            out.append(text: peer.host)
            return
        }
        out.reserve(16)
        var shift: UInt32 = 32
        while true {
            shift &-= 8
            let part = UInt8(truncatingIfNeeded: number &>> shift)
            if part >= 10 {
                if part >= 100 { out.append(UInt8(ascii: "0") &+ part / 100) }
                out.append(UInt8(ascii: "0") &+ part / 10 % 10)
            }
            out.append(UInt8(ascii: "0") &+ part % 10)
            if shift == 0 { return }
            out.append(UInt8(ascii: "."))
        }
    }

    /// Adds the host part.
    package static func append(_ peer: SocketAddress, to out: inout [UInt8]) {
        var text = ByteBuffer(capacity: 48)
        append(peer, to: &text)
        text.withSpan { out.append($0) }
    }
}
