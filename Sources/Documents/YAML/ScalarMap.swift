/// For each byte of a decoded scalar, where in the file it came from.
///
/// Most scalars stand in the file as they are: one run, no memory of its own. The others are a list of
/// pieces, in order: copied bytes, or a few bytes for an escape or a folded line break.
struct ScalarMap: Sendable {
    struct Piece: Sendable {
        /// Where the piece begins in the decoded text.
        var decoded: Int32
        /// Where it begins in the file.
        var source: Int32
        /// Its bytes in the file.
        var length: Int32
        /// Whether the decoded bytes are those of the file.
        var isCopy: Bool
    }

    /// The one run, if `pieces` is empty.
    private let run: Range<Int>
    private let pieces: [Piece]
    private let count: Int

    /// A text that stands in the file as it is.
    init(copyOf run: Range<Int>) {
        self.run = run
        pieces = []
        count = run.count
    }

    /// A text made of pieces, `count` bytes long; `start` is its place if it is empty.
    init(pieces: [Piece], count: Int, start: Int) {
        self.pieces = pieces
        self.count = count
        run = start..<start
    }

    func source(of decoded: Int) -> Int {
        let decoded = min(max(decoded, 0), count)
        if decoded == count { return end }
        guard let piece = piece(of: decoded) else { return run.lowerBound + decoded }
        let start = Int(piece.source)
        return piece.isCopy ? start + decoded - Int(piece.decoded) : start
    }

    func source(of decoded: Range<Int>) -> Range<Int> {
        let lower = source(of: decoded.lowerBound)
        let last = min(decoded.upperBound, count) - 1
        guard !decoded.isEmpty, last >= 0 else { return lower..<lower }
        guard let piece = piece(of: last) else { return lower..<max(lower, source(of: last) + 1) }
        let upper =
            piece.isCopy ? source(of: last) + 1 : Int(piece.source) + Int(piece.length)
        return lower..<max(lower, upper)
    }

    private var end: Int {
        guard let last = pieces.last else { return run.upperBound }
        return Int(last.source) + Int(last.length)
    }

    /// The last piece that begins at or before `decoded`.
    private func piece(of decoded: Int) -> Piece? {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if Int(pieces[middle].decoded) <= decoded { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? pieces[low - 1] : nil
    }
}

/// Builds a decoded scalar and its map side by side.
struct ScalarBuilder {
    private(set) var text: [UInt8] = []
    private var pieces: [ScalarMap.Piece] = []
    private let start: Int

    /// `start` is where the content begins in the file.
    init(start: Int) {
        self.start = start
    }

    /// Appends bytes of the file as they are.
    mutating func copy(_ range: Range<Int>, of bytes: [UInt8]) {
        guard !range.isEmpty else { return }
        if let last = pieces.last, last.isCopy, Int(last.source + last.length) == range.lowerBound {
            pieces[pieces.count - 1].length += Int32(range.count)
        } else {
            append(range, isCopy: true)
        }
        text.append(contentsOf: bytes[range])
    }

    /// Appends decoded bytes for a stretch of the file.
    mutating func replace(_ range: Range<Int>, with decoded: some Collection<UInt8>) {
        append(range, isCopy: false)
        text.append(contentsOf: decoded)
    }

    /// Appends line feeds for a stretch of the file.
    mutating func replace(_ range: Range<Int>, withLineFeeds count: Int) {
        guard count > 0 else { return }
        replace(range, with: repeatElement(0x0A, count: count))
    }

    /// The finished scalar.
    func scalar(_ style: YAMLScalar.Style) -> YAMLScalar {
        YAMLScalar(
            text: String(decoding: text, as: UTF8.self), style: style,
            map: ScalarMap(pieces: pieces, count: text.count, start: start))
    }

    private mutating func append(_ range: Range<Int>, isCopy: Bool) {
        pieces.append(
            ScalarMap.Piece(
                decoded: Int32(text.count), source: Int32(range.lowerBound),
                length: Int32(range.count), isCopy: isCopy))
    }
}
