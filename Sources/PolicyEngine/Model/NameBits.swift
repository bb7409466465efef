/// A set of names of one vocabulary, one bit for each name in the order of its declaration.
///
/// The first 128 names lie inline, so that a set of an ordinary vocabulary owns no memory; the names
/// behind them lie in whole words of `rest`.
package struct NameBits: Sendable, Equatable {
    /// Names 0 to 63.
    private(set) var low: UInt64 = 0
    /// Names 64 to 127.
    private(set) var high: UInt64 = 0
    /// Names from 128 on, 64 a word; without trailing zero words.
    private(set) var rest: [UInt64] = []

    /// The empty set.
    package init() {}

    /// The set of these names.
    package init(_ indices: some Sequence<Int>) {
        for index in indices { insert(index) }
    }

    /// Whether no name is in it.
    package var isEmpty: Bool { low == 0 && high == 0 && rest.isEmpty }

    /// Whether the name at that index is in it.
    package func contains(_ index: Int) -> Bool {
        guard index >= 0 else { return false }
        let bit = UInt64(1) << UInt64(index % 64)
        switch index / 64 {
        case 0: return low & bit != 0
        case 1: return high & bit != 0
        case let word: return word - 2 < rest.count && rest[word - 2] & bit != 0
        }
    }

    /// Adds the name at that index.
    package mutating func insert(_ index: Int) {
        guard index >= 0 else { return }
        let bit = UInt64(1) << UInt64(index % 64)
        switch index / 64 {
        case 0: low |= bit
        case 1: high |= bit
        case let word:
            while rest.count < word - 1 { rest.append(0) }
            rest[word - 2] |= bit
        }
    }

    /// Adds all names of another set.
    package mutating func formUnion(_ other: NameBits) {
        low |= other.low
        high |= other.high
        while rest.count < other.rest.count { rest.append(0) }
        for (index, word) in other.rest.enumerated() { rest[index] |= word }
    }

    /// Keeps only the names that are in both.
    package mutating func formIntersection(_ other: NameBits) {
        low &= other.low
        high &= other.high
        rest = zip(rest, other.rest).map { $0 & $1 }
        while rest.last == 0 { rest.removeLast() }
    }

    /// The names that are in this set and not in the other.
    package func subtracting(_ other: NameBits) -> NameBits {
        NameBits(indices.filter { !other.contains($0) })
    }

    /// Whether every name of this set is in the other.
    package func isSubset(of other: NameBits) -> Bool {
        indices.allSatisfy(other.contains)
    }

    /// Whether some name is in both sets.
    package func intersects(_ other: NameBits) -> Bool {
        indices.contains(where: other.contains)
    }

    /// The indices of the names, ascending.
    package var indices: [Int] {
        var found: [Int] = []
        for (position, word) in ([low, high] + rest).enumerated() where word != 0 {
            for bit in 0..<64 where word & (1 << UInt64(bit)) != 0 {
                found.append(position * 64 + bit)
            }
        }
        return found
    }
}
