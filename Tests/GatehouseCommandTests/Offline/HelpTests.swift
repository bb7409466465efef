import TestSupport
import Testing

@Suite(.serialized) struct HelpTests {
    static let commands = ["serve", "dev", "emulator", "check", "test", "explain"]

    @Test func `without a command the overview is printed, and it is a mistake`() async throws {
        let ending = try await Gatehouse.run()
        #expect(ending.code == 2)
        #expect(ending.output == "")
        for command in Self.commands + ["token"] {
            #expect(ending.messages.contains("\n  \(command) "))
        }
    }

    @Test(arguments: ["--help", "-h", "help"])
    func `help is printed where it is asked for`(_ word: String) async throws {
        let ending = try await Gatehouse.run(word)
        #expect(ending.code == 0)
        #expect(ending.output.contains("Usage: gatehouse COMMAND"))
        #expect(ending.messages == "")
    }

    @Test(arguments: commands)
    func `each command explains itself`(_ command: String) async throws {
        let ending = try await Gatehouse.run(command, "--help")
        #expect(ending.code == 0)
        #expect(ending.output.contains("Usage: gatehouse \(command) [OPTIONS]"))
        #expect(ending.output.contains("\n  --help"))
        #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 110 })
        let same = try await Gatehouse.run("help", command)
        #expect(same.code == 0)
        #expect(same.output == ending.output)
    }

    @Test func `a command of two words explains itself, and so does the first word`() async throws {
        let group = try await Gatehouse.run("token", "--help")
        #expect(group.code == 0)
        #expect(group.output.contains("Usage: gatehouse token COMMAND"))
        #expect(group.output.contains("\n  inspect  "))
        for arguments in [["help", "token"], ["token", "help"], ["token", "-h"]] {
            let same = try await ChildProcess.run(Gatehouse.path, arguments, in: SourceTree.root)
            #expect(same.output == group.output)
        }
        let bare = try await Gatehouse.run("token")
        #expect(bare.code == 2)
        #expect(bare.messages == group.output)
        let page = try await Gatehouse.run("token", "inspect", "--help")
        #expect(page.code == 0)
        #expect(page.output.contains("Usage: gatehouse token inspect [OPTIONS] [TOKEN]"))
        #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 110 })
        for arguments in [["help", "token", "inspect"], ["token", "help", "inspect"]] {
            let same = try await ChildProcess.run(Gatehouse.path, arguments, in: SourceTree.root)
            #expect(same.output == page.output)
        }
    }

    @Test(arguments: ["--version", "version"])
    func `the version has three numbers`(_ word: String) async throws {
        let ending = try await Gatehouse.run(word)
        #expect(ending.code == 0)
        #expect(ending.output.hasPrefix("gatehouse "))
        let numbers = ending.output.dropFirst("gatehouse ".count).dropLast().split(separator: ".")
        #expect(numbers.compactMap { Int($0) }.count == 3, "\(ending.output)")
    }

    @Test(arguments: [
        (["chekc"], "gatehouse: unknown command `chekc`: did you mean `check`?"),
        (["help", "chekc"], "gatehouse: unknown command `chekc`: did you mean `check`?"),
        (["tokn", "inspect"], "gatehouse: unknown command `tokn`: did you mean `token`?"),
        (
            ["token", "inspct"],
            "gatehouse token: unknown command `inspct`: did you mean `inspect`?"
        ),
        (["help", "token", "x"], "gatehouse token: unknown command `x`"),
        (["token", "inspect", "--ks", "x"], "unknown option `--ks`: did you mean `--keys`?"),
        (["check", "--formt", "json"], "unknown option `--formt`: did you mean `--format`?"),
        (["explain", "--as"], "--as needs a value: --as PERSON"),
        (["emulator", "--empty=yes"], "--empty takes no value"),
        (["serve", "--drain", "soon"], "--drain is a number of seconds from 0 to 3600"),
        (["serve", "--drain", "1", "--drain", "2"], "--drain is given twice"),
        (["dev", "--port", "70000"], "--port is a port from 0 to 65535, not `70000`"),
        (["dev", "surplus"], "`surplus` is one argument too many"),
        (["emulator", "--listen", "0.0.0.0:0"], "is no loopback address"),
        (["emulator", "--listen", "localhost"], "is no loopback address"),
    ])
    func `a wrong command line is 2 and says what is meant`(
        _ arguments: [String], _ message: String
    ) async throws {
        let ending = try await ChildProcess.run(
            Gatehouse.path, arguments, in: SourceTree.root)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.contains(message), "\(ending.messages)")
    }
}
