import Values

/// Finds what was meant by a misspelled name.
package enum Suggestion {
    /// The candidate nearest to `name`, or nil when none is near enough to be meant.
    ///
    /// Near is an edit distance (insertion, deletion, replacement, swap of neighbours) of at most a third of
    /// the longer name, at least one; a candidate that differs in case alone always is. Of equally
    /// near candidates the first wins. Names above 100 characters are never compared.
    package static func nearest(to name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= longest else { return nil }
        let folded = name.lowercased()
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let scalars = Array(candidate.unicodeScalars)
            guard !scalars.isEmpty, scalars.count <= longest else { continue }
            if candidate.lowercased().isExactly(folded) {
                if best == nil || best?.distance != 0 { best = (candidate, 0) }
                continue
            }
            let allowed = max(1, max(scalars.count, wanted.count) / 3)
            guard abs(scalars.count - wanted.count) <= allowed else { continue }
            let distance = distance(wanted, scalars)
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    private static let longest = 100

    /// The edit distance where a swap of neighbours counts one (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var current = last
        for row in 1...left.count {
            current[0] = row
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var cost = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current[column] = cost
            }
            (beforeLast, last, current) = (last, current, beforeLast)
        }
        return last[right.count]
    }
}
