import FoundationEssentials
import TestSupport
import Testing

/// Every command that README.md shows is run, or looked up where a test cannot run it.
@Suite(.serialized) struct ReadmeTests {
    @Test func `every command shown works`() async throws {
        let commands = try ReadmeCommands.all()
        #expect(commands.contains(["gatehouse", "check"]))
        #expect(commands.contains(["make", "run"]))
        #expect(commands.count >= 12)
        for command in commands {
            switch command[0] {
            case "gatehouse": try await check(gatehouse: Array(command.dropFirst()))
            case "make":
                let ending = try await ChildProcess.run(
                    "/usr/bin/make", ["--dry-run"] + command.dropFirst(), in: SourceTree.root)
                #expect(ending.code == 0, "\(command): \(ending.messages)")
            case "git", "cd": break
            default: Issue.record("README.md shows `\(command[0])`, which no test knows")
            }
        }
    }

    @Test func `every subcommand is in the table`() async throws {
        let shown = Set(try ReadmeCommands.all().filter { $0[0] == "gatehouse" }.map { $0[1] })
        #expect(shown.isSuperset(of: HelpTests.commands))
    }

    @Test func `every file that is linked is there`() throws {
        let text = try SourceTree.text(of: "README.md")
        let links = text.split(separator: "](").dropFirst()
            .compactMap { $0.split(separator: ")").first.map(String.init) }
            .filter { !$0.hasPrefix("http") }
        #expect(links.count > 5)
        for link in links + ["docs/request-journey.md", "docs/modules.md"] {
            #expect(throws: Never.self, "\(link)") { try SourceTree.text(of: link) }
        }
    }

    private func check(gatehouse arguments: [String]) async throws {
        switch arguments.first {
        case "check", "test", "explain":
            let ending = try await ChildProcess.run(
                Gatehouse.path, arguments, in: SourceTree.root)
            let isAnswer = ending.code == 0 || (arguments[0] == "explain" && ending.code == 1)
            #expect(isAnswer, "\(arguments): \(ending.messages)")
        case let name?:
            let help = try await ChildProcess.run(
                Gatehouse.path, [name, "--help"], in: SourceTree.root)
            #expect(help.code == 0, "\(arguments): \(help.messages)")
            for option in arguments where option.hasPrefix("--") {
                #expect(help.output.contains("\n  \(option)"), "\(arguments)")
            }
        case nil: break
        }
    }
}

/// The commands in README.md: of its `sh` blocks, and the code in its running text and tables.
enum ReadmeCommands {
    static func all() throws -> [[String]] {
        var commands: [[String]] = []
        var fence: String?
        for line in try SourceTree.text(of: "README.md").split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("```") {
                fence = fence == nil ? String(line.dropFirst(3)) : nil
            } else if fence == "sh" {
                commands += line.split(separator: "&&").map { words(String($0)) }
            } else if fence == nil {
                let code = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset % 2 == 1 }.map { words(String($0.element)) }
                commands += code.filter {
                    ["gatehouse", "make"].contains($0.first) && $0.count > 1
                }
            }
        }
        return commands.filter { !$0.isEmpty }
    }

    /// Words as a shell splits them: quotes hold together, `#` begins a comment, `[DIR]` may be absent.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in line {
            switch character {
            case "'":
                isQuoted.toggle()
                word = word ?? ""
            case " " where !isQuoted:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        if let finished = word { words.append(finished) }
        return words.prefix { $0 != "#" }.filter { !$0.hasPrefix("[") }
    }
}
