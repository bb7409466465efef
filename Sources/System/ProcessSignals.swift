import CSystem

/// The signals that ask the process to end or to reload.
package final class ProcessSignals: Sendable {
    /// Makes writing to a closed pipe or socket an error instead of the end of the process.
    package static func ignoreBrokenPipes() {
        _ = gatehouse_signal_ignore(SIGPIPE)
    }
}
