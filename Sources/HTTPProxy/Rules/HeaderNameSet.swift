import Values

/// A set of field names and of beginnings of names, asked by normal form.
///
/// Built once, asked for every unknown name of every request: names are grouped by length, so that
/// most questions end at one bit.
package final class HeaderNameSet: Sendable {
    /// The normal forms of the names, sorted by length.
    private let names: [[UInt8]]
    private let prefixes: [[UInt8]]
    /// Bit `n` is set where a name of `n` bytes exists; bit 63 stands for all longer ones.
    private let lengths: UInt64
    /// Bit `n` is set where a name or a prefix begins with the letter or digit that folds to `n`.
    private let firstBytes: UInt64
    /// The known names in the set, by `KnownField.bit`.
    let knownNames: UInt32

    /// No name at all.
    package static let none = HeaderNameSet(names: [])

    /// The set of these names, in any spelling, and of all names with these beginnings.
    package init(names: [String], prefixes: [String] = []) {
        func forms(_ names: [String]) -> [[UInt8]] {
            Set(names.map(HeaderName.normalForm)).map { Array($0.utf8) }
                .sorted { ($0.count, $0.first ?? 0) < ($1.count, $1.first ?? 0) }
        }
        self.names = forms(names)
        self.prefixes = forms(prefixes)
        lengths = self.names.reduce(0) { $0 | 1 &<< UInt64(min($1.count, 63)) }
        firstBytes = (self.names + self.prefixes).reduce(0) {
            $0 | 1 &<< UInt64(($1.first ?? 0) & 63)
        }
        var known: UInt32 = 0
        for field in KnownField.allCases where field != .other {
            let name = Array(field.name.utf8)
            let isPrefixed = self.prefixes.contains { name.starts(with: $0) }
            if isPrefixed || self.names.contains(name) { known |= field.bit }
        }
        knownNames = known
    }

    /// Whether the set holds the name of the line.
    @inline(__always)
    func contains(_ field: FieldLine, in bytes: Span<UInt8>) -> Bool {
        field.known == .other
            ? contains(field.name, in: bytes) : knownNames & field.known.bit != 0
    }

    /// Whether the set holds no name.
    package var isEmpty: Bool { names.isEmpty && prefixes.isEmpty }

    /// Whether the name is in the set.
    package func contains(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let first = HeaderName.normalByte(bytes[name.lowerBound])
        guard firstBytes &>> UInt64(first & 63) & 1 == 1 else { return false }
        for prefix in prefixes where prefix.count <= name.count {
            if Self.matches(prefix, at: name.lowerBound, in: bytes) { return true }
        }
        guard lengths &>> UInt64(min(name.count, 63)) & 1 == 1 else { return false }
        for candidate in names where candidate.count == name.count {
            if Self.matches(candidate, at: name.lowerBound, in: bytes) { return true }
        }
        return false
    }

    /// Whether the name is in the set.
    package func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return !bytes.isEmpty && contains(0..<bytes.count, in: bytes.span)
    }

    private static func matches(_ form: [UInt8], at start: Int, in bytes: Span<UInt8>) -> Bool {
        for index in form.indices
        where HeaderName.normalByte(bytes[start &+ index]) != form[index] {
            return false
        }
        return true
    }
}
