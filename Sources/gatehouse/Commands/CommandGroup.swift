import Documents
import System

/// Commands of two words that share their first: `gatehouse token inspect`.
struct CommandGroup: Sendable {
    /// The first word.
    let name: String
    /// One sentence: what its commands are about.
    let summary: String
    /// The commands; the table of each bears both words.
    let entries: [Command.Entry]

    /// The command whose second word this is.
    func entry(_ word: String) -> Command.Entry? {
        entries.first { $0.table.command == "\(name) \(word)" }
    }

    /// Runs what stands behind the first word.
    func run(_ arguments: [String]) async -> ExitCode {
        guard let word = arguments.first else {
            StandardStream.error.write(help)
            return .failure
        }
        if ["--help", "-h", "help"].contains(word) {
            return explain(arguments.dropFirst().first)
        }
        guard let entry = entry(word) else { return unknown(word) }
        return await Command.run(entry, Array(arguments.dropFirst()))
    }

    /// Prints the page of one command, or of all.
    func explain(_ word: String?) -> ExitCode {
        guard let word else {
            StandardStream.output.write(help)
            return .success
        }
        guard let entry = entry(word) else { return unknown(word) }
        StandardStream.output.write(entry.table.help)
        return .success
    }

    /// SECURITY: the word may be a token that was pasted without the command: it is not repeated
    /// where it is longer than a word.
    private func unknown(_ word: String) -> ExitCode {
        let near = Suggestion.nearest(to: word, among: words)
        let hint = near.map { ": did you mean `\($0)`?" } ?? ""
        let said = word.utf8.count <= 24 ? " `\(word)`" : ""
        StandardStream.error.write(
            "gatehouse \(name): unknown command\(said)\(hint)\n\n\(help)")
        return .failure
    }

    private var words: [String] {
        entries.map { String($0.table.command.dropFirst(name.count + 1)) }
    }

    private var help: String {
        let width = (words.map(\.count).max() ?? 0) + 2
        let list = zip(words, entries).map { word, entry in
            "  \(word)\(String(repeating: " ", count: width - word.count))\(entry.table.summary)\n"
        }
        return """
            \(summary)

            Usage: gatehouse \(name) COMMAND [OPTIONS]

            Commands:
            \(list.joined())
            `gatehouse \(name) COMMAND --help` explains one.

            """
    }
}
