import Documents
import Values

/// Reads the keys of one mapping of `gatehouse.yaml` and reports what is wrong with each.
///
/// Errors are gathered, not thrown: the operator sees all of them at once.
final class ConfigurationSection {
    let name: String
    let span: SourceSpan
    private let entries: [YAMLEntry]
    private let report: ConfigurationReport

    /// - Parameters:
    ///   - known: the keys that may stand here.
    ///   - later: keys of the documented format that this version does not act on: refused, since a
    ///     setting that is silently ignored is worse than none.
    init(
        _ node: YAMLNode, name: String, known: [String], later: [String] = [],
        report: ConfigurationReport
    ) {
        self.name = name
        self.report = report
        span = node.entries?.first?.key.span ?? node.span
        guard let entries = node.entries else {
            report.error("wrong-type", "`\(name)` is a mapping", at: node.span)
            self.entries = []
            return
        }
        self.entries = entries
        for entry in entries where !known.contains(where: entry.name.isExactly) {
            if later.contains(where: entry.name.isExactly) {
                report.error(
                    "not-supported-yet", "`\(entry.name)` is not supported by this version",
                    at: entry.key.span, help: "remove it: a setting that is ignored would mislead")
            } else {
                let near = Suggestion.nearest(to: entry.name, among: known)
                report.error(
                    "unknown-key", "`\(name)` has no key `\(entry.name)`", at: entry.key.span,
                    help: near.map { "did you mean `\($0)`?" }
                        ?? "its keys are \(known.map { "`\($0)`" }.joined(separator: ", "))")
            }
        }
    }

    /// The value of a key, or nil where it is absent.
    func node(_ key: String) -> YAMLNode? {
        entries.first { $0.name.isExactly(key) }?.value
    }

    /// A text; secrets are filled in.
    func text(_ key: String) -> String? {
        guard let node = node(key) else { return nil }
        return text(of: node, key)
    }

    /// A text that must be there.
    func requiredText(_ key: String, example: String) -> String? {
        guard node(key) != nil else {
            report.error(
                "missing-key", "`\(name)` needs `\(key)`", at: span,
                help: "add `\(key): \(example)`")
            return nil
        }
        return text(key)
    }

    /// A list of texts; a single text is not one.
    func texts(_ key: String) -> [String]? {
        guard let node = node(key) else { return nil }
        guard let elements = node.elements else {
            report.error("wrong-type", "`\(key)` is a list", at: node.span, help: "write `[…]`")
            return nil
        }
        return elements.compactMap { text(of: $0, key) }
    }

    /// A value in a form of its own, such as a duration.
    func value<Value>(
        _ key: String, _ form: String, _ read: (String) -> Value?
    ) -> Value? {
        guard let node = node(key), let text = text(of: node, key) else { return nil }
        guard let value = read(text) else {
            report.error("wrong-value", "`\(key)` is \(form), not `\(text)`", at: node.span)
            return nil
        }
        return value
    }

    /// A duration within bounds.
    func duration(_ key: String, in bounds: ClosedRange<Duration>) -> Duration? {
        guard
            let value = value(key, Quantity.durationForm, Quantity.duration)
        else { return nil }
        guard bounds.contains(value) else {
            report.error(
                "wrong-value",
                "`\(key)` is between \(bounds.lowerBound) and \(bounds.upperBound)",
                at: node(key)?.span ?? span)
            return nil
        }
        return value
    }

    /// A size in bytes within bounds.
    func size(_ key: String, in bounds: ClosedRange<Int>) -> Int? {
        guard let value = value(key, Quantity.sizeForm, Quantity.size)
        else { return nil }
        guard bounds.contains(value) else {
            report.error(
                "wrong-value",
                "`\(key)` is between \(bounds.lowerBound) and \(bounds.upperBound) bytes",
                at: node(key)?.span ?? span)
            return nil
        }
        return value
    }

    /// A whole number within bounds.
    func integer(_ key: String, in bounds: ClosedRange<Int>) -> Int? {
        guard let node = node(key) else { return nil }
        guard let value = node.scalar?.asInteger, let number = Int(exactly: value),
            bounds.contains(number)
        else {
            report.error(
                "wrong-value",
                "`\(key)` is a number from \(bounds.lowerBound) to \(bounds.upperBound)",
                at: node.span)
            return nil
        }
        return number
    }

    /// `true` or `false`.
    func boolean(_ key: String) -> Bool? {
        guard let node = node(key) else { return nil }
        guard let value = node.scalar?.asBool else {
            report.error("wrong-value", "`\(key)` is `true` or `false`", at: node.span)
            return nil
        }
        return value
    }

    /// Another mapping below this one.
    func section(_ key: String, known: [String], later: [String] = []) -> ConfigurationSection? {
        node(key).map {
            ConfigurationSection($0, name: key, known: known, later: later, report: report)
        }
    }

    private func text(of node: YAMLNode, _ key: String) -> String? {
        guard let scalar = node.scalar else {
            report.error("wrong-type", "`\(key)` is text", at: node.span)
            return nil
        }
        guard !scalar.isNull else {
            report.error("wrong-value", "`\(key)` is empty", at: node.span)
            return nil
        }
        return report.filled(scalar.text, at: node.span)
    }
}

/// Gathers what is wrong with `gatehouse.yaml`, and fills in secrets.
final class ConfigurationReport {
    private(set) var diagnostics: [Diagnostic] = []
    private let surroundings: ConfigurationSurroundings

    init(_ surroundings: ConfigurationSurroundings) {
        self.surroundings = surroundings
    }

    func add(_ found: [Diagnostic]) { diagnostics += found }

    func error(_ code: String, _ message: String, at span: SourceSpan, help: String? = nil) {
        diagnostics.append(.error(code, message, at: span, help: help))
    }

    func warning(_ code: String, _ message: String, at span: SourceSpan, help: String? = nil) {
        diagnostics.append(.warning(code, message, at: span, help: help))
    }

    /// The text with `${env:NAME}` or `${file:PATH}` replaced, where the whole text is such a place.
    func filled(_ text: String, at span: SourceSpan) -> String? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return text }
        let inner = text.dropFirst(2).dropLast()
        if inner.hasPrefix("env:") {
            let name = String(inner.dropFirst(4))
            if let value = surroundings.variable(name), !value.isEmpty { return value }
            error(
                "secret-missing", "the environment has no variable `\(name)`", at: span,
                help: "set it before `gatehouse serve`")
            return nil
        }
        if inner.hasPrefix("file:") {
            let path = String(inner.dropFirst(5))
            guard let bytes = surroundings.file(path),
                let content = String(validating: bytes, as: UTF8.self)
            else {
                error("secret-missing", "the file `\(path)` cannot be read", at: span)
                return nil
            }
            // Editors and `echo` leave a line end that is no part of the secret.
            let value = content.hasSuffix("\n") ? String(content.dropLast()) : content
            guard !value.isEmpty else {
                error("secret-missing", "the file `\(path)` is empty", at: span)
                return nil
            }
            return value
        }
        error(
            "wrong-value", "`\(text)` names no source", at: span,
            help: "write `${env:NAME}` or `${file:PATH}`")
        return nil
    }
}

/// What a configuration reads besides its own text.
package struct ConfigurationSurroundings: Sendable {
    /// The value of an environment variable.
    package let variable: @Sendable (String) -> String?
    /// The bytes of a small file; nil where it cannot be read.
    package let file: @Sendable (String) -> [UInt8]?
    /// The folder that relative paths start from: the one of the configuration file, absolute.
    package let folder: String

    package init(
        variable: @escaping @Sendable (String) -> String?,
        file: @escaping @Sendable (String) -> [UInt8]?, folder: String
    ) {
        self.variable = variable
        self.file = file
        self.folder = folder
    }

    /// An absolute path: what is relative starts from the configuration's folder.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }
}
