import Synchronization
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
    ///   - settings: TLS, and PROXY headers.
    ///   - configuration: bounds, deadlines and upstreams.
    ///   - makeGate: called once on each loop.
    /// - Throws: `TransportFailure` where the address cannot be bound.
    package init(
        group: EventLoopGroup, address: SocketAddress,
        settings: ListenerSettings = ListenerSettings(), configuration: HTTPServerConfiguration,
        makeGate: @escaping @Sendable (EventLoop) -> any RequestGate
    ) throws(TransportFailure) {
        let number = ProxyLoop.nextServerNumber()
        self.number = number
        self.group = group
        boundAddress = try group.listen(on: address, settings: settings) { loop in
            let proxy = ProxyLoop(
                loop: loop, server: number, configuration: configuration, gate: makeGate(loop))
            loop.attach(proxy, key: number)
            return proxy
        }
    }

    /// Stops accepting, lets exchanges under way finish (their answers say `Connection: close`),
    /// and returns when no connection is left or the time is over; what is left then is cut.
    ///
    /// Whoever sends requests here should have been told before, by a readiness that is off for a
    /// while: until this call everything is served as always. Afterwards an idle connection stays
    /// open for `Deadlines.drain`, so that a request that is on its way is still answered.
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

    /// What this server has done on one loop. Called on the loop; nil where it does not serve there.
    package func counters(on loop: EventLoop) -> ProxyCounters? {
        ProxyLoop.of(loop, server: number)?.counters
    }

    /// What this server has done on all loops.
    package func counters() async -> ProxyCounters {
        let sum = CounterSum()
        let number = number
        await group.broadcast { loop in
            guard let counters = ProxyLoop.of(loop, server: number)?.counters else { return }
            sum.counters.withLock { $0.add(counters) }
        }
        return sum.counters.withLock { $0 }
    }

    /// Replaces where requests go, on all loops. Exchanges under way end where they began, and
    /// upstreams that did not change keep their connections. Addresses in another order are no
    /// change.
    package func replaceUpstreams(_ upstreams: [HTTPServerConfiguration.Upstream]) async {
        let number = number
        await group.broadcast { loop in
            ProxyLoop.of(loop, server: number)?.replaceUpstreams(upstreams)
        }
    }
}

/// Where the loops put their figures together.
private final class CounterSum: Sendable {
    let counters = Mutex(ProxyCounters())
}
