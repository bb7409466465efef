import HTTPProxy
import Telemetry
import Transport

/// What listeners and upstreams did, as series.
enum ConnectionMetrics {
    /// Adds what the loops did for connections.
    static func write(_ counters: Transport.LoopCounters, to page: inout MetricsPage) {
        page.counter(
            "gatehouse_connections_accepted_total", help: "Connections that came in.",
            value: counters.accepted)
        page.counter(
            "gatehouse_accept_pauses_total",
            help: "Times that accepting paused for want of descriptors or room.",
            value: counters.acceptPauses)
        page.counter(
            "gatehouse_bytes_received_total",
            help: "Bytes read from clients and upstreams, as they are on the wire.",
            value: counters.bytesReceived)
        page.counter(
            "gatehouse_bytes_sent_total",
            help: "Bytes sent to clients and upstreams, as they are on the wire.",
            value: counters.bytesSent)
        page.counter(
            "gatehouse_tls_handshakes_total", help: "TLS handshakes that were done, both ways.",
            labels: ["session": "new"],
            value: counters.handshakes &- counters.handshakesResumed)
        page.counter(
            "gatehouse_tls_handshakes_total", help: "TLS handshakes that were done, both ways.",
            labels: ["session": "resumed"], value: counters.handshakesResumed)
        for reason in TLSFailure.Reason.allCases where counters.handshakeFailures[reason] > 0 {
            page.counter(
                "gatehouse_tls_handshake_failures_total",
                help: "TLS handshakes that were not done, by reason.",
                labels: ["reason": reason.rawValue], value: counters.handshakeFailures[reason])
        }
        page.counter(
            "gatehouse_proxy_headers_refused_total",
            help: "Connections closed for want of a good PROXY header from a trusted sender.",
            value: counters.proxyHeadersRefused)
        page.counter(
            "gatehouse_connections_handed_over_total",
            help: "Connections that were given to a loop with fewer.", value: counters.handedOver)
    }

    /// Adds what the servers did with clients and upstreams.
    static func write(_ counters: ProxyCounters, to page: inout MetricsPage) {
        page.gauge(
            "gatehouse_connections_open", help: "Connections of clients that are open.",
            value: Double(counters.connections))
        page.gauge(
            "gatehouse_exchanges_open", help: "Exchanges that are under way.",
            value: Double(counters.exchanges))
        for upstream in counters.upstreams { write(upstream, to: &page) }
    }

    private static func write(_ counters: UpstreamCounters, to page: inout MetricsPage) {
        let name = counters.name
        func counter(_ series: String, _ help: String, _ value: UInt64) {
            page.counter(
                "gatehouse_upstream_\(series)_total", help: help, labels: ["upstream": name],
                value: value)
        }
        counter("requests", "Requests that were to go to the upstream.", counters.requests)
        counter(
            "retries", "Requests that were sent again, or to another address.", counters.retries)
        counter(
            "retries_refused", "Requests that would have been, had the budget allowed it.",
            counters.retriesRefused)
        counter("connects", "Connections that were begun.", counters.connects)
        counter(
            "connect_failures", "Connections that did not come about.", counters.connectFailures)
        for (code, count) in zip(UpstreamFailure.codes, counters.failures) where count > 0 {
            page.counter(
                "gatehouse_upstream_failures_total",
                help: "Exchanges without an answer, or without all of it, by code.",
                labels: ["upstream": name, "code": code], value: count)
        }
        page.gauge(
            "gatehouse_upstream_connections_open",
            help: "Connections that are open or being made.", labels: ["upstream": name],
            value: Double(counters.openConnections))
        page.gauge(
            "gatehouse_upstream_connections_idle",
            help: "Open connections that wait for a request.", labels: ["upstream": name],
            value: Double(counters.idleConnections))
    }
}
