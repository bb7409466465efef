import Values

/// Finds the most specific route of a request: a tree of path segments for each method.
///
/// Literal segments of all trees lie in one open-addressed table, keyed by tree node and segment, so
/// that a look-up costs the same with ten routes and with ten thousand. A tree has one node for each
/// prefix of a pattern, so a search that goes back visits no node twice.
struct RouteIndex: Sendable {
    /// One position in a tree: what may follow here.
    struct Node: Sendable {
        /// The node behind a `{param}`; −1 for none.
        var parameterChild: Int32 = -1
        /// Candidates that end here, in `candidates`.
        var ends = RuleTables.Run()
        /// Candidates whose `**` begins here, in `candidates`.
        var wildcards = RuleTables.Run()
    }

    /// A literal segment: one step from a node to another.
    struct Edge: Sendable {
        var parent: Int32 = -1
        var child: Int32 = -1
        /// The first eight bytes of the segment, the first lowest; zeros behind a shorter one.
        var word: UInt64 = 0
        var label = RuleTables.Run()
    }

    /// A host that a route is limited to.
    struct Host: Sendable {
        /// In `text`, lower case; for a suffix with its leading dot.
        var name = RuleTables.Run()
        var isSuffix = false
    }

    /// A pattern that matches where the search has come to. Sorted: the more specific first.
    struct Candidate: Sendable {
        var route: Int32
        var pattern: Int32
        /// Index into `hosts`; −1 for any.
        var host: Int32
    }

    /// The methods that routes or deny rules name; the tree of each has the same index.
    var methods: [HTTPMethod] = []
    /// Roots of the trees; the last one serves every method that nobody names.
    var roots: [Int32] = []
    var nodes: [Node] = []
    /// A power of two in size, at most half full.
    var edges: [Edge] = []
    var candidates: [Candidate] = []
    var hosts: [Host] = []
    var text: [UInt8] = []
    /// The most parameters of any pattern.
    var slotCount = 0

    /// The number of a method; nil where no rule names it.
    func number(of method: HTTPMethod) -> Int? {
        for index in methods.indices where methods[index] == method { return index }
        return nil
    }

    /// The first eight bytes of a segment as `Edge.word` has them.
    @inline(__always)
    static func word(_ segment: Range<Int>, in bytes: Span<UInt8>) -> UInt64 {
        let begin = segment.lowerBound
        if segment.count >= 8 { return bytes.word(at: begin) }
        if begin &+ 8 <= bytes.count {
            return bytes.word(at: begin) & ((1 &<< UInt64(segment.count &* 8)) &- 1)
        }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for index in segment {
            word |= UInt64(bytes[index]) &<< shift
            shift &+= 8
        }
        return word
    }

    /// The key of a literal segment below a node: most segments are one word.
    @inline(__always)
    static func hash(
        _ word: UInt64, of segment: Range<Int>, in bytes: Span<UInt8>, below node: Int32
    ) -> UInt64 {
        var hash = (word ^ UInt64(UInt32(bitPattern: node)) &<< 32) &* 0x9E37_79B9_7F4A_7C15
        hash ^= UInt64(truncatingIfNeeded: segment.count)
        var index = segment.lowerBound &+ 8
        while index < segment.upperBound {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
            index &+= 1
        }
        hash ^= hash &>> 32
        return hash ^ hash &>> 16
    }

    /// The node behind a literal segment; −1 where there is none.
    @inline(__always)
    func child(of node: Int32, by segment: Range<Int>, in bytes: Span<UInt8>) -> Int32 {
        let mask = edges.count &- 1
        guard mask >= 0 else { return -1 }
        let word = Self.word(segment, in: bytes)
        let hash = Self.hash(word, of: segment, in: bytes, below: node)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let edge = edges[slot]
            guard edge.child >= 0 else { return -1 }
            if edge.word == word, edge.parent == node, Int(edge.label.count) == segment.count,
                segment.count <= 8 || equalsBehindWord(edge.label, bytes, segment)
            {
                return edge.child
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// The first candidate of a run whose host fits; −1 where there is none.
    func candidate(of run: RuleTables.Run, host: Range<Int>, in bytes: Span<UInt8>) -> Int {
        for index in run.range {
            let wanted = candidates[index].host
            if wanted < 0 || fits(hosts[Int(wanted)], host, in: bytes) { return index }
        }
        return -1
    }

    /// Whether a host name, without port, is the one wanted or ends in the suffix wanted.
    private func fits(_ wanted: Host, _ host: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let length = Int(wanted.name.count)
        guard wanted.isSuffix ? host.count > length : host.count == length else { return false }
        let begin = host.upperBound - length
        for index in 0..<length {
            let byte = bytes[begin + index]
            let folded = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            if folded != text[Int(wanted.name.start) + index] { return false }
        }
        return true
    }

    /// Whether a segment of the label's length, whose first eight bytes are the label's, is the label.
    private func equalsBehindWord(
        _ label: RuleTables.Run,
        _ bytes: Span<UInt8>,
        _ segment: Range<Int>
    ) -> Bool {
        for index in 8..<segment.count
        where text[Int(label.start) + index] != bytes[segment.lowerBound + index] {
            return false
        }
        return true
    }

    /// The same tables in memory of their own, so that loops share no reference count.
    func copied() -> RouteIndex {
        var copy = RouteIndex()
        copy.methods = methods.map { $0 }
        copy.roots = roots.map { $0 }
        copy.nodes = nodes.map { $0 }
        copy.edges = edges.map { $0 }
        copy.candidates = candidates.map { $0 }
        copy.hosts = hosts.map { $0 }
        copy.text = text.map { $0 }
        copy.slotCount = slotCount
        return copy
    }
}

extension Span<UInt8> {
    /// Eight bytes from `index`, the first lowest; the compiler reads them as one word.
    @inline(__always)
    fileprivate func word(at index: Int) -> UInt64 {
        let part = extracting(index..<(index &+ 8))
        var word = UInt64(part[0])
        word |= UInt64(part[1]) &<< 8
        word |= UInt64(part[2]) &<< 16
        word |= UInt64(part[3]) &<< 24
        word |= UInt64(part[4]) &<< 32
        word |= UInt64(part[5]) &<< 40
        word |= UInt64(part[6]) &<< 48
        word |= UInt64(part[7]) &<< 56
        return word
    }
}
