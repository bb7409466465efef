import Transport

/// What trusted proxies say about the client of a request. Scratch memory of a loop, filled again for
/// each request whose peer is trusted.
struct BelievedClient {
    /// So many proxies in a row are believed.
    static let maxProxies = 32

    /// The addresses from the nearest proxy's peer to the client, which is the last.
    var chain: [HostNumber] = []
    /// Whether the client speaks TLS to the first proxy.
    var isSecure: Bool?
    /// Which host, port and prefix of paths the client asked the first proxy for.
    var host: Range<Int>?
    var port: Range<Int>?
    var prefix: Range<Int>?

    init() { chain.reserveCapacity(Self.maxProxies) }

    /// Makes everything empty and keeps the memory.
    mutating func clear() {
        chain.removeAll(keepingCapacity: true)
        isSecure = nil
        host = nil
        port = nil
        prefix = nil
    }

    /// Adds the next address, from the right; true where it is the client's: the first that is not
    /// trusted.
    mutating func add(
        _ host: HostNumber, trusted: AddressSet
    ) throws(ForwardingFault) -> Bool {
        guard chain.count < Self.maxProxies else { throw .tooLong }
        chain.append(host)
        return !trusted.contains(host.address)
    }
}
