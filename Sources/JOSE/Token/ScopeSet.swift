import Values

/// The permissions of a token: a set that remembers the order in which they came.
///
/// Names are compared byte for byte, and whole: `billing:read:own` is not `billing:read`. The set
/// holds one text, however many names it has, so that a token costs no more memory than its bytes.
package struct ScopeSet: Sendable {
    /// The names with one space between two of them, none twice. This is how `scope` is written.
    package let text: String
    /// How many names there are.
    package let count: Int

    /// The set without a name.
    package static let empty = ScopeSet(spaceSeparated: "")

    /// Reads `scope` (RFC 6749 § 3.3). Absent, empty and doubled spaces are alike: no name comes
    /// from them. Of a name that occurs twice the first counts.
    package init(spaceSeparated scope: String) {
        let parts = scope.utf8.split(separator: Self.space)
        if Self.isNormal(scope, parts) {
            text = scope
            count = parts.count
            return
        }
        var normal = ""
        normal.reserveCapacity(scope.utf8.count)
        var seen: Set<ExactText> = []
        for part in parts {
            let name = String(Substring(part))
            guard seen.insert(ExactText(name)).inserted else { continue }
            if !normal.isEmpty { normal += " " }
            normal += name
        }
        text = normal
        count = seen.count
    }

    /// Whether there is no name.
    package var isEmpty: Bool { count == 0 }

    /// Whether the name is among them.
    package func contains(_ name: String) -> Bool {
        guard !name.utf8.contains(Self.space) else { return false }
        return text.utf8.split(separator: Self.space).contains { $0.elementsEqual(name.utf8) }
    }

    /// Whether the text is as it would be written, which is almost always so. Of many names nobody
    /// looks for doubled ones in this way: every pair is compared.
    private static func isNormal(
        _ scope: String, _ parts: [Substring.UTF8View]
    ) -> Bool {
        guard parts.count <= 16,
            scope.utf8.count == parts.reduce(Swift.max(0, parts.count - 1), { $0 + $1.count })
        else { return false }
        for (index, part) in parts.enumerated() {
            for other in parts[..<index] where part.elementsEqual(other) { return false }
        }
        return true
    }

    fileprivate static let space = UInt8(ascii: " ")
}

extension ScopeSet: Sequence {
    /// The names in order.
    package func makeIterator() -> some IteratorProtocol<String> {
        text.utf8.split(separator: Self.space).lazy.map { String(Substring($0)) }.makeIterator()
    }
}

extension ScopeSet: Equatable {
    /// The same names, in any order.
    package static func == (left: ScopeSet, right: ScopeSet) -> Bool {
        left.text.isExactly(right.text)
            || left.count == right.count
                && Set(left.map { ExactText($0) }) == Set(right.map { ExactText($0) })
    }
}

extension ScopeSet: ExpressibleByArrayLiteral {
    /// A set of these names; none has a space.
    package init(arrayLiteral names: String...) {
        self.init(spaceSeparated: names.joined(separator: " "))
    }
}
