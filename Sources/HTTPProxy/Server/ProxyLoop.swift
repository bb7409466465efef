import Synchronization
import Transport
import Values

/// What one server has on one loop: the gate and everything that its connections share.
final class ProxyLoop: StreamAcceptor {
    private static let serverNumbers = Atomic(1)

    let loop: EventLoop
    let server: Int
    let configuration: HTTPServerConfiguration
    let deadlines: DeadlineTable
    let gate: any RequestGate
    let edits: RequestEdits
    let edge: EdgeRules
    private(set) var pools: [UpstreamPool]

    // Scratch memory, used within one call.
    var head = RequestHead()
    var responseHead = ResponseHead()
    var toUpstream = ByteBuffer(capacity: 64 * 1024)
    var toClient = ByteBuffer(capacity: 64 * 1024)
    private var date = DateLine()

    private(set) var connections: [DownstreamConnection] = []
    private var exchanges: [Exchange] = []
    private var free: [Exchange] = []
    private let seed = UInt32.random(in: .min ... .max)
    private var exchangeNumber: UInt64 = 0
    /// Exchanges that are held or wait for a local service.
    var waiting = 0
    /// Bytes of bodies that are collected for local services, as far as they count against the bound.
    var collectedBytes = 0
    /// When exchanges end that have an end of their own.
    var ends = EndTimes()
    /// When the gate wants to be asked again about exchanges that go on.
    var reviews = EndTimes()
    var reviewRound: ReviewRound

    private var isDraining = false
    private var drainEnds: MonotonicTime?
    private var whenDrained: [() -> Void] = []

    init(
        loop: EventLoop, server: Int, configuration: HTTPServerConfiguration,
        gate: any RequestGate
    ) {
        self.loop = loop
        self.server = server
        self.configuration = configuration
        deadlines = DeadlineTable(configuration.deadlines)
        self.gate = gate
        edge = EdgeRules(
            configuration.edge, setsForwardedFields: configuration.setsForwardedFields)
        reviewRound = ReviewRound(standing: gate.standing)
        edits = RequestEdits(inbox: loop.inbox, server: server)
        pools = configuration.upstreams.map(UpstreamPool.init)
        loop.onSweep { [weak self] loop in
            self?.endExchanges(at: loop.now.monotonic)
            self?.reviewExchanges()
        }
    }

    /// A number by which a server's objects are found on each loop.
    static func nextServerNumber() -> Int {
        serverNumbers.add(1, ordering: .relaxed).newValue
    }

    /// The part of a server that lives on a loop.
    static func of(_ loop: EventLoop, server: Int) -> ProxyLoop? {
        loop.attached(ProxyLoop.self, key: server)
    }

    func accepted(_ stream: ByteStream) -> any StreamHandler {
        let connection = DownstreamConnection(proxy: self, stream: stream)
        connection.index = connections.count
        connections.append(connection)
        if isDraining { connection.acceptedLate() }
        return connection
    }

    /// A connection is over.
    func remove(_ connection: DownstreamConnection) {
        let index = connection.index
        guard index < connections.count, connections[index] === connection else { return }
        connections.swapAt(index, connections.count - 1)
        connections[index].index = index
        connections.removeLast()
        if connections.isEmpty { tellDrained() }
    }

    /// The `Date` line for now.
    func dateLine() -> [UInt8] { date.line(at: loop.now.wall) }

    /// An exchange for a request whose head is complete.
    func beginExchange(for client: DownstreamConnection) -> Exchange {
        let exchange: Exchange
        if let last = free.popLast() {
            exchange = last
        } else {
            exchange = Exchange(proxy: self, slot: exchanges.count)
            exchanges.append(exchange)
        }
        exchangeNumber &+= 1
        exchange.start(
            for: client, id: ExchangeID(seed: seed, number: exchangeNumber), at: loop.now)
        return exchange
    }

    /// The exchange that a slot belongs to, in use or not; nil behind the last one.
    func exchange(inSlot slot: Int) -> Exchange? {
        slot < exchanges.count ? exchanges[slot] : nil
    }

    /// An exchange is over.
    func recycle(_ exchange: Exchange) {
        // Memory for bursts is given back.
        if free.count >= 64 { exchange.shrink() }
        free.append(exchange)
    }
}

/// What comes from other threads through the loop's inbox.
extension ProxyLoop {
    /// The gate may be asked again about a held exchange.
    func resume(slot: Int, generation: UInt64) {
        exchange(slot, generation)?.holdEnded()
    }

    /// A local service answered; nil: it dropped its responder.
    func answer(_ response: LocalResponse?, slot: Int, generation: UInt64) {
        exchange(slot, generation)?.serviceAnswered(response)
    }

    /// A local service gave its request up: the client sees a broken connection.
    func abandon(slot: Int, generation: UInt64) {
        exchange(slot, generation)?.client?.abandon()
    }

    private func exchange(_ slot: Int, _ generation: UInt64) -> Exchange? {
        guard exchanges.indices.contains(slot) else { return nil }
        let exchange = exchanges[slot]
        if case .over = exchange.phase { return nil }
        return exchange.generation == generation ? exchange : nil
    }

    /// Replaces where requests go; exchanges under way end where they began. What did not change
    /// keeps its connections.
    func replaceUpstreams(_ upstreams: [HTTPServerConfiguration.Upstream]) {
        var old = pools
        pools = upstreams.map { upstream in
            guard let index = old.firstIndex(where: { $0.settings.name == upstream.name }) else {
                return UpstreamPool(upstream)
            }
            let pool = old.remove(at: index)
            if pool.settings.isServed(bySame: upstream) { return pool }
            let next = UpstreamPool(upstream)
            next.continues(pool)
            pool.retire()
            return next
        }
        for pool in old { pool.retire() }
        for exchange in free { exchange.forgetRoute() }
    }

    /// What was done on this loop.
    var counters: ProxyCounters {
        var counters = ProxyCounters()
        counters.connections = connections.count
        counters.exchanges = exchanges.count - free.count
        counters.upstreams = pools.map(\.counters)
        return counters
    }

    /// Ends the exchanges whose time is over.
    private func endExchanges(at now: MonotonicTime) {
        var slot = 0
        while let passed = ends.nextPassed(from: &slot, now: now) {
            exchanges[passed].timeIsOver()
        }
    }

    /// Lets what is under way finish, closes the rest, and calls back when no connection is left.
    func drain(within time: Duration, whenDone: @escaping () -> Void) {
        whenDrained.append(whenDone)
        if !isDraining {
            isDraining = true
            for connection in connections.reversed() { connection.drain() }
            loop.onSweep { [weak self] _ in self?.cutAfterDrain() }
        }
        drainEnds = loop.now.monotonic.advanced(by: time)
        if connections.isEmpty { tellDrained() }
    }

    private func cutAfterDrain() {
        guard let drainEnds, loop.now.monotonic >= drainEnds else { return }
        for connection in connections.reversed() { connection.abandon() }
    }

    private func tellDrained() {
        guard isDraining else { return }
        let waiting = whenDrained
        whenDrained = []
        for pool in pools { pool.retire() }
        for whenDone in waiting { whenDone() }
    }
}
