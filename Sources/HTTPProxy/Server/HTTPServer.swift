package import Transport

/// One listener and everything behind it: on each loop a gate, the connections and the upstream
/// pools.
package final class HTTPServer: Sendable {
    /// The address that was bound, with the port that the kernel chose where 0 was asked for.
    package let boundAddress: SocketAddress

    private let group: EventLoopGroup
    private let number: Int

    /// Binds the address and begins to serve on all loops of the group.
    ///
    /// - Parameters:
    ///   - group: the loops, started or not.
    ///   - configuration: bounds, deadlines and upstreams.
    ///   - makeGate: called once on each loop.
    /// - Throws: `TransportFailure` where the address cannot be bound.
    package init(
        group: EventLoopGroup, address: SocketAddress, configuration: HTTPServerConfiguration,
        makeGate: @escaping @Sendable (EventLoop) -> any RequestGate
    ) throws(TransportFailure) {
        let number = ProxyLoop.nextServerNumber()
        self.number = number
        self.group = group
        boundAddress = try group.listen(on: address) { loop in
            let proxy = ProxyLoop(
                loop: loop, server: number, configuration: configuration, gate: makeGate(loop))
            loop.attach(proxy, key: number)
            return proxy
        }
    }

    /// Stops accepting, lets exchanges under way finish (their answers say `Connection: close`),
    /// and returns when no connection is left or the time is over; what is left then is cut.
    package func drain(within time: Duration = .seconds(30)) async {
        await group.stopListening(boundAddress)
        let number = number
        let waiter = DrainWaiter(loops: group.count)
        await group.broadcast { loop in
            guard let proxy = ProxyLoop.of(loop, server: number) else {
                waiter.loopEnded()
                return
            }
            proxy.drain(within: time) { waiter.loopEnded() }
        }
        await waiter.wait()
    }

    /// Replaces where requests go, on all loops. Exchanges under way end where they began.
    package func replaceUpstreams(_ upstreams: [HTTPServerConfiguration.Upstream]) async {
        let number = number
        await group.broadcast { loop in
            ProxyLoop.of(loop, server: number)?.replaceUpstreams(upstreams)
        }
    }
}
