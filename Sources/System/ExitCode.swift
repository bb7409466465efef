import CSystem

/// What the process tells whoever started it.
package enum ExitCode: Int32, Sendable {
    /// Yes, or success.
    case success = 0
    /// No: denied, findings, failed policy tests.
    case no = 1
    /// The job could not be done.
    case failure = 2

    /// Ends the process.
    package func exit() -> Never {
        _exitFlushed(rawValue)
    }
}

private func _exitFlushed(_ code: Int32) -> Never {
    CSystem.exit(code)
}
