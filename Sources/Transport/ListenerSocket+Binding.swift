import CSystem
import System

extension ListenerSocket {
    /// Sockets that listen on an address, one for each loop; a single one in the file system.
    ///
    /// The kernel spreads connections over sockets that share a port (`SO_REUSEPORT`), but it would
    /// also let a second process of the same user share it silently. So a socket without that option
    /// binds first: an address in use is an error.
    static func bind(
        _ address: SocketAddress, count: Int, backlog: Int32
    ) throws(TransportFailure) -> [ListenerSocket] {
        if case .unix(let path) = address {
            return [try bind(path: path, backlog: backlog)]
        }
        // Between the probe of a free port and our binding it, somebody else may take it.
        var attempts = address.port == 0 ? 8 : 1
        while true {
            attempts -= 1
            do {
                return try bindAll(probe(address), count: count, backlog: backlog)
            } catch .addressInUse(_) where attempts > 0 {
                continue
            }
        }
    }

    /// Binds the address alone for a moment; answers it with the port that it got.
    private static func probe(_ address: SocketAddress) throws(TransportFailure) -> SocketAddress {
        let socket = try boundSocket(address, sharesPort: false)
        var bound = gatehouse_address()
        try check(
            unsafe gatehouse_local_address(socket.number, &bound), "getsockname", address)
        return SocketAddress(bound)
    }

    private static func bindAll(
        _ address: SocketAddress, count: Int, backlog: Int32
    ) throws(TransportFailure) -> [ListenerSocket] {
        var sockets: [ListenerSocket] = []
        for _ in 0..<max(count, 1) {
            let socket = try boundSocket(address, sharesPort: true)
            sockets.append(ListenerSocket(socket, address: address))
        }
        // All are bound before the first listens: no connection is lost to a failure half way.
        for socket in sockets {
            try check(gatehouse_listen(socket.descriptor.number, backlog), "listen", address)
        }
        return sockets
    }

    private static func boundSocket(
        _ address: SocketAddress, sharesPort: Bool
    ) throws(TransportFailure) -> Descriptor {
        let answer = gatehouse_socket(address.family)
        guard let socket = Descriptor(answer: answer) else {
            throw TransportFailure(
                errno: Int32(truncatingIfNeeded: -answer), call: "socket", address: address)
        }
        _ = gatehouse_set_reuse_address(socket.number)
        if sharesPort { try check(gatehouse_set_reuse_port(socket.number), "setsockopt", address) }
        // An address means what it says: `[::]` does not take IPv4 connections along.
        if address.family == gatehouse_inet6 { _ = gatehouse_set_ipv6_only(socket.number) }
        guard var form = address.kernelForm else {
            throw TransportFailure.addressNotAvailable(address)
        }
        try check(unsafe gatehouse_bind(socket.number, &form), "bind", address)
        return socket
    }

    /// A socket in the file system. A file that a dead process left is replaced; one that somebody
    /// listens on, or that is no socket, is an error.
    private static func bind(
        path: String, backlog: Int32
    ) throws(TransportFailure) -> ListenerSocket {
        let address = SocketAddress.unix(path)
        let answer = gatehouse_socket(gatehouse_unix)
        guard let socket = Descriptor(answer: answer) else {
            throw TransportFailure(
                errno: Int32(truncatingIfNeeded: -answer), call: "socket", address: address)
        }
        var bound = unsafe gatehouse_bind_unix(socket.number, path, 0o660)
        if bound == -Int(EADDRINUSE), isLeftOver(path) {
            FileSystem.remove(path)
            bound = unsafe gatehouse_bind_unix(socket.number, path, 0o660)
        }
        try check(bound, "bind", address)
        try check(gatehouse_listen(socket.number, backlog), "listen", address)
        return ListenerSocket(socket, address: address)
    }

    private static func isLeftOver(_ path: String) -> Bool {
        guard FileSystem.facts(path, followsLinks: false)?.isSocket == true,
            let probe = Descriptor(answer: gatehouse_socket(gatehouse_unix))
        else { return false }
        return unsafe gatehouse_connect_unix(probe.number, path) == -Int(ECONNREFUSED)
    }

    private static func check(
        _ answer: Int, _ call: StaticString, _ address: SocketAddress
    ) throws(TransportFailure) {
        guard answer < 0 else { return }
        throw TransportFailure(
            errno: Int32(truncatingIfNeeded: -answer), call: call, address: address)
    }
}
