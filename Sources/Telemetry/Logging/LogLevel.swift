/// How much a line matters to the people who run the gateway.
///
/// `error`: someone must act. `warning`: degraded but serving. `info`: lifecycle and requests.
/// `debug`: off in production.
package enum LogLevel: Int, Comparable, CaseIterable, Sendable {
    /// Off in production.
    case debug
    /// Lifecycle and requests.
    case info
    /// Degraded, but serving.
    case warning
    /// Someone must act.
    case error

    /// The level with this name in configuration (`debug`, `info`, `warning`, `error`), if it is
    /// one.
    package init?(name: String) {
        guard let level = LogLevel.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = level
    }

    /// OpenTelemetry's short name.
    package var severityText: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        }
    }

    /// OpenTelemetry's severity number.
    package var severityNumber: Int {
        switch self {
        case .debug: 5
        case .info: 9
        case .warning: 13
        case .error: 17
        }
    }

    package static func < (first: LogLevel, second: LogLevel) -> Bool {
        first.rawValue < second.rawValue
    }
}
