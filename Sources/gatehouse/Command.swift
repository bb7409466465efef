import Documents
import System

/// The command a person types: finds the subcommand and hands it its arguments.
@main
struct Command {
    /// A subcommand: its table of options, and what it does.
    struct Entry {
        let table: OptionTable
        let run: @Sendable (ParsedOptions) async -> ExitCode
    }

    static let entries: [Entry] = [
        ServeCommand.entry, DevCommand.entry, EmulatorCommand.entry, CheckCommand.entry,
        TestCommand.entry, ExplainCommand.entry,
    ]

    /// Commands of two words.
    static let groups: [CommandGroup] = [TokenCommand.group]

    static func main() async {
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        code.exit()
    }

    /// Runs one command line and returns how it ended.
    static func run(_ arguments: [String]) async -> ExitCode {
        guard let name = arguments.first else {
            StandardStream.error.write(overview)
            return .failure
        }
        switch name {
        case "--help", "-h", "help":
            guard arguments.count > 1 else {
                StandardStream.output.write(overview)
                return .success
            }
            if let group = groups.first(where: { $0.name == arguments[1] }) {
                return group.explain(arguments.dropFirst(2).first)
            }
            guard let entry = entries.first(where: { $0.table.command == arguments[1] }) else {
                return unknown(arguments[1])
            }
            StandardStream.output.write(entry.table.help)
            return .success
        case "--version", "version":
            StandardStream.output.write("gatehouse \(Version.text)\n")
            return .success
        default: break
        }
        let rest = Array(arguments.dropFirst())
        if let group = groups.first(where: { $0.name == name }) { return await group.run(rest) }
        guard let entry = entries.first(where: { $0.table.command == name }) else {
            return unknown(name)
        }
        return await run(entry, rest)
    }

    /// Runs one command with what stands behind its name.
    static func run(_ entry: Entry, _ arguments: [String]) async -> ExitCode {
        do {
            let options = try entry.table.parse(arguments)
            if options.wantsHelp {
                StandardStream.output.write(entry.table.help)
                return .success
            }
            return await entry.run(options)
        } catch {
            let name = entry.table.command
            StandardStream.error.write(
                "gatehouse \(name): \(error.message)\nTry `gatehouse \(name) --help`.\n")
            return .failure
        }
    }

    private static func unknown(_ name: String) -> ExitCode {
        let near = Suggestion.nearest(to: name, among: list.map(\.name))
        let hint = near.map { ": did you mean `\($0)`?" } ?? ""
        StandardStream.error.write("gatehouse: unknown command `\(name)`\(hint)\n\n\(overview)")
        return .failure
    }

    /// First words and what they are about.
    private static var list: [(name: String, summary: String)] {
        entries.map { ($0.table.command, $0.table.summary) }
            + groups.map { ($0.name, $0.summary) }
    }

    private static var overview: String {
        let width = (list.map(\.name.count).max() ?? 0) + 2
        let lines = list.map { name, summary in
            "  \(name)\(String(repeating: " ", count: width - name.count))\(summary)\n"
        }
        return """
            Gatehouse: an API gateway and authorization proxy for products that use Logto.

            Usage: gatehouse COMMAND [OPTIONS]

            Commands:
            \(lines.joined())
            `gatehouse COMMAND --help` explains one. Start with `gatehouse dev`.
            Exit codes: 0 yes or success, 1 no (denied, findings, failed policy tests), 2 could not do the job.

            """
    }
}
