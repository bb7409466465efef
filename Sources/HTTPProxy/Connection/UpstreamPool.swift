import Transport
import Values

/// The connections of one loop to one upstream. The one used last is used next.
final class UpstreamPool {
    let settings: HTTPServerConfiguration.Upstream
    // The times in nanoseconds: arithmetic on `Duration` is too much for each request.
    let idleTime: UInt64
    let responseTime: UInt64
    let bodyIdleTime: UInt64
    let totalTime: UInt64?
    private let connectTime: UInt64
    /// How paths are rewritten for it; nil: not at all.
    let rewrite: PrefixRewrite?
    /// Whether its prefixes are ones. Configuration checks them; without that nothing is sent.
    let hasPrefixes: Bool
    private var turns: AddressTurns
    private var budget = RetryBudget()
    private var idle: [UpstreamConnection] = []
    /// How many connections there are, idle ones included.
    private(set) var count = 0
    private var done: UpstreamCounters
    /// Replaced by another pool: connections end with their exchange.
    private(set) var isRetired = false

    init(_ settings: HTTPServerConfiguration.Upstream) {
        self.settings = settings
        idleTime = settings.idleTimeout.clampedNanoseconds
        responseTime = settings.responseTimeout.clampedNanoseconds
        bodyIdleTime = settings.bodyIdleTimeout.clampedNanoseconds
        totalTime = settings.totalTimeout?.clampedNanoseconds
        connectTime = settings.connectTimeout.clampedNanoseconds
        let rewrite = PrefixRewrite(strip: settings.stripPrefix, add: settings.addPrefix)
        hasPrefixes = rewrite != nil
        self.rewrite = rewrite?.isIdentity == false ? rewrite : nil
        turns = AddressTurns(settings.addresses)
        done = UpstreamCounters(name: settings.name)
    }

    /// What was done with it.
    var counters: UpstreamCounters {
        var counters = done
        counters.openConnections = count
        counters.idleConnections = idle.count
        return counters
    }

    /// Goes on counting where the pool that it replaces has stopped.
    func continues(_ pool: UpstreamPool) { done = pool.done }

    /// A request is to go to the upstream.
    @inline(__always)
    func requestBegan() {
        done.requests &+= 1
        budget.requestBegan()
    }

    /// A connection for an exchange, idle or new.
    ///
    /// - Parameters:
    ///   - fresh: whether an idle connection will not do, since one has just failed.
    ///   - sendsAll: whether the request is complete, so that all of it is sent at once.
    ///   - tried: a bit for each address that was tried for the exchange.
    func lease(
        on proxy: ProxyLoop, rules: ForwardRules, fresh: Bool, sendsAll: Bool, tried: inout UInt64
    ) throws(UpstreamFailure) -> UpstreamConnection {
        if !fresh, let connection = idle.popLast() {
            connection.leased(sendsAll: sendsAll)
            return connection
        }
        if count >= settings.maxConnections, let oldest = idle.first { oldest.evict() }
        guard count < settings.maxConnections else { throw .busy }
        let now = proxy.loop.now.monotonic
        let deadline = now.advanced(byNanoseconds: rules.connectTime ?? connectTime)
        while let number = turns.next(after: tried, at: now) {
            tried |= 1 &<< UInt64(number)
            let connection = UpstreamConnection(proxy: proxy, pool: self, address: number)
            done.connects &+= 1
            do throws(TransportFailure) {
                let stream = try proxy.loop.connect(
                    to: turns.addresses[number], tls: settings.tls, handler: connection,
                    deadline: deadline)
                connection.attach(stream)
                count += 1
                return connection
            } catch {
                connectFailed(number, at: now)
                guard mayTryAnother(after: tried, at: now) else { break }
            }
        }
        throw .refused
    }

    /// Whether a request of which nothing was sent may go to an address that was not tried yet.
    func mayTryAnother(after tried: UInt64, at now: MonotonicTime) -> Bool {
        guard turns.next(after: tried, at: now) != nil else { return false }
        return mayRetry(at: now)
    }

    /// Whether a request may be sent once more. It is counted as if it was.
    func mayRetry(at now: MonotonicTime) -> Bool {
        guard budget.take(at: now) else {
            done.retriesRefused &+= 1
            return false
        }
        done.retries &+= 1
        return true
    }

    /// A connection to an address came about.
    func connected(_ number: Int) { turns.worked(number) }

    /// A connection to an address did not come about.
    func connectFailed(_ number: Int, at now: MonotonicTime) {
        done.connectFailures &+= 1
        turns.failed(number, at: now)
    }

    /// An exchange got no answer, or not all of it.
    func failed(_ failure: UpstreamFailure) { done.failures[failure.number] &+= 1 }

    /// Takes a connection back whose exchange is complete. False where it must be closed instead.
    func takeBack(_ connection: UpstreamConnection) -> Bool {
        guard !isRetired else { return false }
        idle.append(connection)
        return true
    }

    /// A connection is gone.
    func left(_ connection: UpstreamConnection) {
        count -= 1
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
    }

    /// Closes what is idle; the rest ends with its exchange.
    func retire() {
        isRetired = true
        for connection in idle { connection.evict() }
    }
}
