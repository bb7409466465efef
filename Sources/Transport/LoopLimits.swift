/// What one loop may hold, and how coarse its clockwork is.
package struct LoopLimits: Sendable {
    /// Accepted streams of the whole group; above it listeners pause. Nil: half of the descriptors
    /// that the process may open, so that every client can still have an upstream.
    package var acceptedStreams: Int?
    /// Work that may wait in a loop's inbox, reserved places included.
    package var inboxItems = 65_536
    /// Memory of a loop for input that waits and for output that the kernel does not take yet.
    package var bufferBytes = 256 * 1024 * 1024
    /// Unsent output of one stream; a handler that heeds `wantsPause` stays far below.
    package var unsentBytes = 16 * 1024 * 1024
    /// How often deadlines are looked at.
    package var sweepInterval = Duration.milliseconds(200)
    /// How long a closed stream may take to send what was left.
    package var closing = Duration.seconds(10)
    /// How long a lingering close reads and drops what the peer still sends.
    package var lingering = Duration.seconds(2)
    /// How long a PROXY header and a TLS handshake may take together.
    package var handshake = Duration.seconds(10)
    /// Connections of a loop that have not come so far; above it the oldest gives way, so that those
    /// who come and wait keep nobody out.
    package var handshakes = 4096
    /// How long a loop works on handshakes in one tick, so that streams that are open are served.
    package var handshakeTime = Duration.milliseconds(2)
    /// Connections that the kernel keeps for a listener until they are accepted.
    package var backlog: Int32 = 4096

    /// The usual limits.
    package init() {}
}
