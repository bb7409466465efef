import CSystem

/// What stands behind the standard streams.
package enum Terminal {
    /// Whether a person sees what is written there.
    package static func isTerminal(_ stream: StandardStream) -> Bool {
        isatty(stream.number) == 1
    }

    /// The width of the terminal in columns; nil where it is none or does not say.
    package static func columns(of stream: StandardStream) -> Int? {
        let columns = gatehouse_terminal_columns(stream.number)
        return columns > 0 ? Int(columns) : nil
    }
}
