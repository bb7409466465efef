import Transport
import Values

/// The connections of one loop to one upstream. The one used last is used next.
final class UpstreamPool {
    let settings: HTTPServerConfiguration.Upstream
    /// How long an unused connection stays open, and an answer may take, in nanoseconds.
    let idleTime: UInt64
    let responseTime: UInt64
    private var idle: [UpstreamConnection] = []
    /// How many connections there are, idle ones included.
    private(set) var count = 0
    /// Replaced by another pool: connections end with their exchange.
    private var isRetired = false

    init(_ settings: HTTPServerConfiguration.Upstream) {
        self.settings = settings
        idleTime = settings.idleTimeout.clampedNanoseconds
        responseTime = settings.responseTimeout.clampedNanoseconds
    }

    /// A connection for an exchange, idle or new.
    ///
    /// - Parameter fresh: whether an idle connection will not do, since one has just failed.
    func lease(on proxy: ProxyLoop, fresh: Bool) throws(UpstreamFailure) -> UpstreamConnection {
        if !fresh, let connection = idle.popLast() {
            connection.leased()
            return connection
        }
        if count >= settings.maxConnections, let oldest = idle.first { oldest.evict() }
        guard count < settings.maxConnections else { throw .busy }
        let connection = UpstreamConnection(proxy: proxy, pool: self)
        do throws(TransportFailure) {
            let stream = try proxy.loop.connect(
                to: settings.address, handler: connection,
                deadline: proxy.loop.now.monotonic.advanced(by: settings.connectTimeout))
            connection.attach(stream)
        } catch {
            throw .refused
        }
        count += 1
        return connection
    }

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
