/// How log lines are written.
package enum LogFormat: Sendable, Equatable {
    /// One JSON object a line, with the member names of OpenTelemetry's log data model.
    case json
    /// One line for people: time, level, message, then `name=value` pairs.
    case text
}
