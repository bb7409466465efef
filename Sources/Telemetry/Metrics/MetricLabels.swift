/// The labels of one series, in the order given. Values come from closed sets (route, status class,
/// decision, code): never a user, an organization or a path.
package struct MetricLabels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    let pairs: [Pair]

    struct Pair: Hashable, Sendable {
        let name: String
        let value: String
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// Labels gathered at run time, for example one series per route of a policy.
    package init(_ pairs: [(String, String)]) {
        self.pairs = pairs.map { Pair(name: $0.0, value: $0.1) }
    }

    /// `{name="value",…}`, or nothing; `extra` is a label added at the end.
    func text(adding extra: (name: String, value: String)? = nil) -> String {
        var all = pairs
        if let extra { all.append(Pair(name: extra.name, value: extra.value)) }
        guard !all.isEmpty else { return "" }
        return "{" + all.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",")
            + "}"
    }

    private static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else {
            return value
        }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
