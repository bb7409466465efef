package import Documents
package import Transport

/// Why a gateway could not start: everything that a person needs to mend it.
package enum GatewayStartFailure: Error, Sendable, CustomStringConvertible {
    /// Files are wrong; their texts are there for the carets.
    case files([Diagnostic], [SourceFile])
    /// Somebody else listens there.
    case addressInUse(SocketAddress)
    /// Anything else: what, where and how to fix it.
    case other(String)

    /// The address where somebody else listens, where that is the cause.
    package var addressInUse: SocketAddress? {
        if case .addressInUse(let address) = self { address } else { nil }
    }

    package var description: String { message }

    /// The message for standard error.
    package var message: String {
        switch self {
        case .files(let diagnostics, let files): DiagnosticRenderer(files: files).text(diagnostics)
        case .addressInUse(let address):
            "gatehouse: \(address) is in use\n"
                + "  = help: end the other process, or choose another address\n"
        case .other(let text): "gatehouse: \(text)\n"
        }
    }
}
