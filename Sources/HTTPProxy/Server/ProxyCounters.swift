/// What one server has done for its clients with its upstreams, on one loop or on all.
package struct ProxyCounters: Sendable, Equatable {
    /// Connections of clients that are open.
    package var connections = 0
    /// Exchanges that are under way.
    package var exchanges = 0
    /// One for each upstream, in the order of the configuration.
    package var upstreams: [UpstreamCounters] = []

    /// Nothing done yet.
    package init() {}

    /// Adds another loop's figures.
    package mutating func add(_ other: ProxyCounters) {
        connections &+= other.connections
        exchanges &+= other.exchanges
        for counters in other.upstreams {
            if let index = upstreams.firstIndex(where: { $0.name == counters.name }) {
                upstreams[index].add(counters)
            } else {
                upstreams.append(counters)
            }
        }
    }
}

/// What was done with one upstream.
package struct UpstreamCounters: Sendable, Equatable {
    /// Its name in the configuration.
    package let name: String
    /// Requests that were to go to it.
    package var requests: UInt64 = 0
    /// Requests that were sent again, or to another address.
    package var retries: UInt64 = 0
    /// Requests that would have been, had there been more of the budget.
    package var retriesRefused: UInt64 = 0
    /// Connections that were begun.
    package var connects: UInt64 = 0
    /// Of these, those that did not come about.
    package var connectFailures: UInt64 = 0
    /// Exchanges without an answer, or without all of it, in the order of `UpstreamFailure.codes`.
    package var failures = [UInt64](repeating: 0, count: UpstreamFailure.codes.count)
    /// Connections that are open or being made.
    package var openConnections = 0
    /// Of these, those that wait for a request.
    package var idleConnections = 0

    /// Nothing done yet.
    package init(name: String) {
        self.name = name
    }

    /// Adds another loop's figures.
    package mutating func add(_ other: UpstreamCounters) {
        requests &+= other.requests
        retries &+= other.retries
        retriesRefused &+= other.retriesRefused
        connects &+= other.connects
        connectFailures &+= other.connectFailures
        for index in failures.indices { failures[index] &+= other.failures[index] }
        openConnections &+= other.openConnections
        idleConnections &+= other.idleConnections
    }
}
