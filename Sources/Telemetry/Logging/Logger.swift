package import Values

/// Writes log lines for services and start-up. Passed in, never global; loops write their own lines
/// with `LogLine`.
///
/// The message is constant and the facts are metadata: HTTP facts use OpenTelemetry's names, ours
/// start with `gatehouse.`. Tokens, cookies, secrets and query values are never facts.
package struct Logger: Sendable {
    private let minimum: LogLevel
    private let format: LogFormat
    private let sink: any LogSink
    private let time: @Sendable () -> UnixTime
    private let common: [String: LogValue]

    /// - Parameters:
    ///   - minimum: lines below it are not written.
    ///   - sink: takes each complete line and never blocks.
    ///   - time: the wall clock, read once per line.
    ///   - facts: facts that every line carries, unless it has its own of that name.
    package init(
        minimum: LogLevel = .info, format: LogFormat = .json, sink: any LogSink,
        time: @escaping @Sendable () -> UnixTime, facts: [String: LogValue] = [:]
    ) {
        self.minimum = minimum
        self.format = format
        self.sink = sink
        self.time = time
        self.common = facts
    }

    /// A logger that writes nothing.
    package static let off = Logger(sink: NoSink(), time: { UnixTime(milliseconds: 0) })

    /// The same logger with further facts on every line.
    package func with(_ facts: [String: LogValue]) -> Logger {
        Logger(
            minimum: minimum, format: format, sink: sink, time: time,
            facts: common.merging(facts) { _, newer in newer }
        )
    }

    /// Whether lines of this level are written: asked before costly facts are gathered.
    package func writes(_ level: LogLevel) -> Bool { level >= minimum }

    /// Off in production.
    package func debug(_ message: StaticString, facts: @autoclosure () -> [String: LogValue] = [:])
    {
        write(.debug, message, facts)
    }

    /// Lifecycle.
    package func info(_ message: StaticString, facts: @autoclosure () -> [String: LogValue] = [:]) {
        write(.info, message, facts)
    }

    /// Degraded, but serving.
    package func warning(
        _ message: StaticString, facts: @autoclosure () -> [String: LogValue] = [:]
    ) {
        write(.warning, message, facts)
    }

    /// Someone must act.
    package func error(_ message: StaticString, facts: @autoclosure () -> [String: LogValue] = [:])
    {
        write(.error, message, facts)
    }

    private func write(
        _ level: LogLevel, _ message: StaticString, _ facts: () -> [String: LogValue]
    ) {
        guard level >= minimum else { return }
        let all = common.isEmpty ? facts() : common.merging(facts()) { _, newer in newer }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        var line = LogLine(level, message, at: time(), format: format, into: &bytes)
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            line.fact(name, value, into: &bytes)
        }
        line.end(into: &bytes)
        sink.write(bytes)
    }
}

/// Drops every line.
private struct NoSink: LogSink {
    func write(_ line: [UInt8]) {}
}
