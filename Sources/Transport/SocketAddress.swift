import CSystem
package import System

/// Where a socket is, or leads to. Never a name: those are looked up before.
package enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 address, as a number in host order.
    case ipv4(UInt32, port: UInt16)
    /// An IPv6 address, as its two halves in host order.
    case ipv6(high: UInt64, low: UInt64, scope: UInt32, port: UInt16)
    /// A socket in the file system.
    case unix(String)

    /// This machine, by IPv4.
    package static func loopback(port: UInt16) -> SocketAddress {
        .ipv4(0x7F00_0001, port: port)
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/gatehouse.sock`. Names are refused.
    package init?(_ text: String) {
        if text.utf8.starts(with: "unix:".utf8) {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= gatehouse_unix_path_max,
                !path.utf8.contains(0)
            else { return nil }
            self = .unix(path)
            return
        }
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = Self.port(digits.utf8) else { return nil }
        let host = text[..<colon]
        if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") {
            guard case .ipv6(let high, let low) = HostAddress(String(host.dropFirst().dropLast()))
            else { return nil }
            self = .ipv6(high: high, low: low, scope: 0, port: port)
        } else {
            guard case .ipv4(let number) = HostAddress(String(host)) else { return nil }
            self = .ipv4(number, port: port)
        }
    }

    /// A host's address with a port.
    package init(_ host: HostAddress, port: UInt16) {
        self =
            switch host {
            case .ipv4(let number): .ipv4(number, port: port)
            case .ipv6(let high, let low): .ipv6(high: high, low: low, scope: 0, port: port)
            }
    }

    /// The port; nil for a socket in the file system.
    package var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, _, let port): port
        case .unix: nil
        }
    }

    /// The host alone, without brackets and port; `unix` for a socket in the file system.
    package var host: String {
        switch self {
        case .ipv4(let number, _): HostAddress.ipv4(number).description
        case .ipv6(let high, let low, _, _): HostAddress.ipv6(high: high, low: low).description
        case .unix: "unix"
        }
    }

    /// Whether only this machine can be at the other end.
    package var isLoopback: Bool {
        switch self {
        case .ipv4(let number, _): HostAddress.ipv4(number).isLoopback
        case .ipv6(let high, let low, _, _): HostAddress.ipv6(high: high, low: low).isLoopback
        case .unix: true
        }
    }

    /// The same address with another port; a socket in the file system stays as it is.
    package func with(port: UInt16) -> SocketAddress {
        switch self {
        case .ipv4(let number, _): .ipv4(number, port: port)
        case .ipv6(let high, let low, let scope, _):
            .ipv6(high: high, low: low, scope: scope, port: port)
        case .unix: self
        }
    }

    package var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, _, _, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func port(_ digits: Substring.UTF8View) -> UInt16? {
        guard (1...5).contains(digits.count) else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
        }
        return UInt16(exactly: value)
    }
}

extension SocketAddress {
    /// The address as the C functions take it; nil for a socket in the file system.
    var kernelForm: gatehouse_address? {
        var address = gatehouse_address()
        switch self {
        case .ipv4(let number, let port):
            address.family = gatehouse_inet
            address.ipv4 = number
            address.port = port
        case .ipv6(let high, let low, let scope, let port):
            address.family = gatehouse_inet6
            address.high = high
            address.low = low
            address.scope = scope
            address.port = port
        case .unix: return nil
        }
        return address
    }

    /// The address that a C function gave; a peer without one is a client of a file system socket.
    init(_ address: gatehouse_address) {
        if address.family == gatehouse_inet {
            self = .ipv4(address.ipv4, port: address.port)
        } else if address.family == gatehouse_inet6 {
            self = .ipv6(
                high: address.high, low: address.low, scope: address.scope, port: address.port)
        } else {
            self = .unix("")
        }
    }

    /// The family of the socket that such an address needs.
    var family: Int32 {
        switch self {
        case .ipv4: gatehouse_inet
        case .ipv6: gatehouse_inet6
        case .unix: gatehouse_unix
        }
    }
}
