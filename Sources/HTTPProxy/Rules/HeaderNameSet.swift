import Values

/// A set of field names and of beginnings of names, asked by normal form.
///
/// Built once, asked for every unknown name of every request: names are grouped by length, so that
/// most questions end at one bit.
package final class HeaderNameSet: Sendable {
    /// The normal forms of the names one behind the other, sorted by length.
    private let names: [UInt8]
    /// Where the names of each length begin in `names`; the last entry is the end.
    private let starts: [Int]
    private let prefixes: [[UInt8]]
    /// Bit `n` is set where a name or a prefix begins with the letter or digit that folds to `n`.
    private let firstBytes: UInt64
    /// The normal form of each byte; a call into another module for each would cost more.
    private let folds: [UInt8]
    /// The known names in the set, by `KnownField.bit`.
    let knownNames: UInt64

    /// No name at all.
    package static let none = HeaderNameSet(names: [])

    /// The set of these names, in any spelling, and of all names with these beginnings.
    package init(names: [String], prefixes: [String] = []) {
        let forms = Self.forms(names)
        let prefixForms = Self.forms(prefixes)
        self.names = forms.flatMap { $0 }
        self.prefixes = prefixForms
        let longest = forms.last?.count ?? 0
        starts = (0...longest + 1).map { length in
            forms.reduce(0) { $0 + ($1.count < length ? $1.count : 0) }
        }
        firstBytes = (forms + prefixForms).reduce(0) { $0 | 1 &<< UInt64(($1.first ?? 0) & 63) }
        var known: UInt64 = 0
        for field in KnownField.allCases where field != .other {
            let name = Array(field.name.utf8)
            let isPrefixed = prefixForms.contains { name.starts(with: $0) }
            if isPrefixed || forms.contains(name) { known |= field.bit }
        }
        knownNames = known
        folds = (UInt8.min ... .max).map(HeaderName.normalByte)
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
        let first = folds[Int(bytes[name.lowerBound])]
        guard firstBytes &>> UInt64(first & 63) & 1 == 1 else { return false }
        for prefix in prefixes where prefix.count <= name.count {
            if matches(prefix, 0, prefix.count, at: name.lowerBound, in: bytes) { return true }
        }
        let length = name.count
        guard length &+ 1 < starts.count else { return false }
        var start = starts[length]
        let end = starts[length &+ 1]
        while start < end {
            if matches(names, start, length, at: name.lowerBound, in: bytes) { return true }
            start &+= length
        }
        return false
    }

    /// Whether the name is in the set.
    package func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return !bytes.isEmpty && contains(0..<bytes.count, in: bytes.span)
    }

    private static func forms(_ names: [String]) -> [[UInt8]] {
        Set(names.map(HeaderName.normalForm)).map { Array($0.utf8) }
            .filter { !$0.isEmpty }
            .sorted { $0.count < $1.count }
    }

    /// Whether the bytes at `start` have the normal form that stands at `first` in `forms`.
    @inline(__always)
    private func matches(
        _ forms: [UInt8], _ first: Int, _ count: Int, at start: Int, in bytes: Span<UInt8>
    ) -> Bool {
        var index = 0
        while index < count {
            guard folds[Int(bytes[start &+ index])] == forms[first &+ index] else {
                return false
            }
            index &+= 1
        }
        return true
    }
}
