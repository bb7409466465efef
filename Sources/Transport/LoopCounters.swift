/// What one loop has done since it began; plain numbers, read by work posted to the loop.
package struct LoopCounters: Sendable, Equatable {
    /// Connections that came in.
    package var accepted: UInt64 = 0
    /// Connections that we asked for.
    package var connects: UInt64 = 0
    /// Of these, those that failed.
    package var connectFailures: UInt64 = 0
    /// Streams that ended by an error.
    package var failures: UInt64 = 0
    /// Times that accepting paused for want of descriptors or room.
    package var acceptPauses: UInt64 = 0
    /// Bytes read from all streams.
    package var bytesReceived: UInt64 = 0
    /// Bytes that the kernel took from us.
    package var bytesSent: UInt64 = 0
    /// Turns of the loop.
    package var ticks: UInt64 = 0
    /// TLS handshakes that were done, both ways.
    package var handshakes: UInt64 = 0
    /// Of these, those that resumed an earlier session.
    package var handshakesResumed: UInt64 = 0
    /// TLS handshakes that were not, by reason.
    package var handshakeFailures = TLSFailureCounts()
    /// Connections closed for want of a good PROXY header from a trusted sender.
    package var proxyHeadersRefused: UInt64 = 0
    /// Accepted connections that were given to a loop with fewer.
    package var handedOver: UInt64 = 0
    /// Events that came for a stream that was gone.
    package var staleEvents: UInt64 = 0

    /// Nothing done yet.
    package init() {}

    /// Adds another loop's figures.
    package mutating func add(_ other: LoopCounters) {
        accepted &+= other.accepted
        connects &+= other.connects
        connectFailures &+= other.connectFailures
        failures &+= other.failures
        acceptPauses &+= other.acceptPauses
        bytesReceived &+= other.bytesReceived
        bytesSent &+= other.bytesSent
        ticks &+= other.ticks
        staleEvents &+= other.staleEvents
        handshakes &+= other.handshakes
        handshakesResumed &+= other.handshakesResumed
        handshakeFailures.add(other.handshakeFailures)
        proxyHeadersRefused &+= other.proxyHeadersRefused
        handedOver &+= other.handedOver
    }
}

/// How often handshakes failed, by reason.
package struct TLSFailureCounts: Sendable, Equatable {
    private var counts: [UInt64] = []

    /// How often for this reason.
    package subscript(reason: TLSFailure.Reason) -> UInt64 {
        counts.isEmpty ? 0 : counts[Self.index(reason)]
    }

    /// How often in all.
    package var total: UInt64 { counts.reduce(0, &+) }

    mutating func add(_ reason: TLSFailure.Reason) {
        if counts.isEmpty { counts = Array(repeating: 0, count: TLSFailure.Reason.allCases.count) }
        counts[Self.index(reason)] &+= 1
    }

    mutating func add(_ other: TLSFailureCounts) {
        if counts.isEmpty {
            counts = other.counts
        } else {
            for index in other.counts.indices { counts[index] &+= other.counts[index] }
        }
    }

    private static func index(_ reason: TLSFailure.Reason) -> Int {
        TLSFailure.Reason.allCases.firstIndex(of: reason) ?? 0
    }
}
