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
    }
}
