/// Where complete log lines go.
package protocol LogSink: Sendable {
    /// Takes one line, newline included. Never blocks: a sink that is full drops the line and
    /// counts it.
    func write(_ line: [UInt8])
}
