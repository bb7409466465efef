import CSystem

/// Looks names up, on a thread of its own: the C library's look-up blocks.
package final class NameResolution: Sendable {
    /// Why a name has no address.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is no such name, or it has no address.
        case unknownName(String)
        /// No name server answered; trying again may help.
        case temporary(String)
        /// Too many look-ups wait.
        case overloaded(String)

        package var description: String {
            switch self {
            case .unknownName(let name): "no address for `\(name)`"
            case .temporary(let name): "no name server answered for `\(name)`"
            case .overloaded(let name): "too many look-ups wait; `\(name)` was not looked up"
            }
        }
    }

    private let thread: ThreadConfined<Void>

    /// Starts the thread.
    ///
    /// - Parameter capacity: how many look-ups may wait.
    package init(capacity: Int = 256) throws(SystemFailure) {
        thread = try ThreadConfined(name: "names", capacity: capacity)
    }

    /// The addresses of a host, in the order that the system prefers; an address is its own.
    package func addresses(of name: String) async throws(Failure) -> [HostAddress] {
        if let address = HostAddress(name) { return [address] }
        guard !name.isEmpty, name.utf8.count <= 253, !name.utf8.contains(0) else {
            throw .unknownName(name)
        }
        let found: Result<[HostAddress], Failure>
        do {
            found = try await thread.run { _ in Self.lookUp(name) }
        } catch {
            throw .overloaded(name)
        }
        return try found.get()
    }

    /// Ends the thread after the look-ups that wait.
    package func stop() async {
        await thread.stop()
    }

    private static func lookUp(_ name: String) -> Result<[HostAddress], Failure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let answer = unsafe getaddrinfo(name, nil, &hints, &list)
        defer { if let list = unsafe list { unsafe freeaddrinfo(list) } }
        guard answer == 0 else {
            return .failure(answer == EAI_AGAIN ? .temporary(name) : .unknownName(name))
        }
        var addresses: [HostAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            var address = gatehouse_address()
            if unsafe gatehouse_decode_found(entry, &address) >= 0 {
                let host: HostAddress =
                    address.family == gatehouse_inet
                    ? .ipv4(address.ipv4) : .ipv6(high: address.high, low: address.low)
                if !addresses.contains(host) { addresses.append(host) }
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unknownName(name)) : .success(addresses)
    }
}
