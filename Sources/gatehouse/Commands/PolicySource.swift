import Documents
import Gateway
import PolicyEngine
import SelfService
import System

/// Rule files and the configuration that they are looked at with, for `check`, `test` and `explain`.
struct PolicySource {
    let folder: String
    let files: [SourceFile]
    let environment: PolicyEnvironment
    let routes: SelfServiceRoutes?
    /// What is wrong with the configuration, and its text.
    let configurationFindings: [Diagnostic]
    let configurationFile: SourceFile?

    /// The options that choose them.
    static let options = [
        OptionTable.Option(
            name: "config", value: "FILE",
            help: "check with this configuration: its upstreams, audiences and source of roles\n"
                + "(default gatehouse.yaml beside the folder, where there is one)"),
        OptionTable.Option(
            name: "format", value: "text|json", help: "how results are printed (default text)"),
    ]

    /// Something that cannot be read.
    struct Unreadable: Error {
        let message: String
    }

    /// Reads the folder that the operand names, `policies` by default.
    init(_ options: ParsedOptions) throws(Unreadable) {
        folder = options.operands.first ?? options["policies"] ?? "policies"
        do {
            files = try PolicyFiles.read(folder)
        } catch {
            throw Unreadable(message: "\(error)")
        }
        guard !files.isEmpty else {
            throw Unreadable(message: "there are no rule files (*.yaml) in `\(folder)`")
        }
        let beside = "\(ConfigurationFile.folder(of: folder))/gatehouse.yaml"
        let path = options["config"] ?? (FileSystem.facts(beside) != nil ? beside : nil)
        guard let path else {
            environment = .assumed(by: files)
            routes = SelfServiceRoutes(prefix: "")
            configurationFindings = []
            configurationFile = nil
            return
        }
        switch ConfigurationFile.read(path) {
        case .read(let configuration, let found, let file):
            environment = configuration.policyEnvironment
            routes = SelfServiceRoutes(prefix: configuration.selfService.prefix)
            configurationFindings = found
            configurationFile = file
        case .wrong(let found, let file):
            environment = .assumed(by: files)
            routes = SelfServiceRoutes(prefix: "")
            configurationFindings = found
            configurationFile = file
        case .unreadable(let problem):
            throw Unreadable(message: problem)
        }
    }

    /// All texts that findings may point into.
    var allFiles: [SourceFile] { (configurationFile.map { [$0] } ?? []) + files }

    /// Whether JSON was asked for; nil where the option names no known format.
    static func wantsJSON(_ options: ParsedOptions) -> Bool? {
        switch options["format"] ?? "text" {
        case "text": false
        case "json": true
        default: nil
        }
    }

    /// The message for a format that nobody knows.
    static func unknownFormat(_ command: String, _ options: ParsedOptions) -> ExitCode {
        Failure.report(
            command, "there is no format `\(options["format"] ?? "")`",
            "write `--format text` or `--format json`")
    }
}
