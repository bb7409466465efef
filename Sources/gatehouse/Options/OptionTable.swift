import Documents

/// The options and operands that one command takes; parsing and help come from the same table.
struct OptionTable {
    /// One `--name VALUE`, or `--name` where `value` is nil.
    struct Option {
        let name: String
        /// What stands for the value in the help, such as `FILE`; nil: a switch.
        let value: String?
        let help: String
        /// Whether it may be given more than once.
        var repeats = false
    }

    /// The command's name as it is typed.
    let command: String
    /// One sentence: what the command does.
    let summary: String
    /// What stands behind the options, such as `[DIR]`; empty: nothing may.
    var operands = ""
    /// How many operands there may be.
    var operandCount: ClosedRange<Int> = 0...0
    let options: [Option]
    /// What a person should know besides: examples, exit codes.
    var notes = ""

    /// A wrong command line: what, and how to fix it.
    struct UsageError: Error {
        let message: String
    }

    /// Reads arguments: GNU long options (`--name value`, `--name=value`), operands, `--`.
    func parse(_ arguments: [String]) throws(UsageError) -> ParsedOptions {
        var parsed = ParsedOptions()
        var index = 0
        var onlyOperands = false
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard !onlyOperands, argument.hasPrefix("-"), argument != "-" else {
                parsed.operands.append(argument)
                continue
            }
            if argument == "--" {
                onlyOperands = true
                continue
            }
            if argument == "--help" || argument == "-h" {
                parsed.wantsHelp = true
                continue
            }
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = options.first(where: { "--\($0.name)" == parts[0] }) else {
                throw UsageError(message: unknown(String(parts[0])))
            }
            if let placeholder = option.value {
                let value: String
                if parts.count == 2 {
                    value = String(parts[1])
                } else if index < arguments.count {
                    value = arguments[index]
                    index += 1
                } else {
                    throw UsageError(
                        message: "--\(option.name) needs a value: --\(option.name) \(placeholder)")
                }
                guard option.repeats || parsed.values[option.name] == nil else {
                    throw UsageError(message: "--\(option.name) is given twice")
                }
                parsed.values[option.name, default: []].append(value)
            } else {
                guard parts.count == 1 else {
                    throw UsageError(message: "--\(option.name) takes no value")
                }
                parsed.values[option.name] = []
            }
        }
        guard parsed.wantsHelp || operandCount.contains(parsed.operands.count) else {
            throw UsageError(
                message: parsed.operands.count < operandCount.lowerBound
                    ? "\(operands) is missing"
                    : "`\(parsed.operands.last ?? "")` is one argument too many")
        }
        return parsed
    }

    /// The page of `--help`.
    var help: String {
        var text = "\(summary)\n\nUsage: gatehouse \(command) [OPTIONS]"
        if !operands.isEmpty { text += " \(operands)" }
        text += "\n\nOptions:\n"
        let all = options + [Option(name: "help", value: nil, help: "this page")]
        let lefts = all.map { "--\($0.name)\($0.value.map { " \($0)" } ?? "")" }
        let width = (lefts.map(\.count).max() ?? 0) + 2
        for (left, option) in zip(lefts, all) {
            let padding = String(repeating: " ", count: width - left.count)
            let indented = option.help.split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "\n  " + String(repeating: " ", count: width))
            text += "  \(left)\(padding)\(indented)\n"
        }
        if !notes.isEmpty { text += "\n\(notes)\n" }
        return text
    }

    /// SECURITY: a token may begin with `-`. Nothing longer than an option's name is repeated.
    private func unknown(_ name: String) -> String {
        guard name.utf8.count <= 24 else {
            return "unknown option; behind `--` everything is an operand, however it begins"
        }
        let near = Suggestion.nearest(to: name, among: options.map { "--\($0.name)" } + ["--help"])
        return "unknown option `\(name)`" + (near.map { ": did you mean `\($0)`?" } ?? "")
    }
}

/// What stood on a command line.
struct ParsedOptions {
    fileprivate(set) var values: [String: [String]] = [:]
    fileprivate(set) var operands: [String] = []
    fileprivate(set) var wantsHelp = false

    /// The same options without what stood behind them.
    var withoutOperands: ParsedOptions {
        var copy = self
        copy.operands = []
        return copy
    }

    /// Whether a switch was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option, or nil.
    subscript(_ name: String) -> String? { values[name]?.last }

    /// All values of an option that may repeat.
    func all(_ name: String) -> [String] { values[name] ?? [] }
}
