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
        var hash: UInt64 = 0
        var label = RuleTables.Run()
        var child: Int32 = -1
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

    /// The key of a literal segment below a node.
    static func hash(_ segment: Span<UInt8>, _ range: Range<Int>, below node: Int32) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ (UInt64(UInt32(bitPattern: node)) &* 0x9E37_79B9)
        for index in range {
            hash = (hash ^ UInt64(segment[index])) &* 0x0000_0100_0000_01B3
        }
        return hash ^ (hash >> 32)
    }

    /// The node behind a literal segment; −1 where there is none.
    func child(of node: Int32, by segment: Range<Int>, in bytes: Span<UInt8>) -> Int32 {
        guard !edges.isEmpty else { return -1 }
        let hash = Self.hash(bytes, segment, below: node)
        let mask = edges.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while edges[slot].child >= 0 {
            if edges[slot].hash == hash, edges[slot].parent == node,
                equals(edges[slot].label, bytes, segment)
            {
                return edges[slot].child
            }
            slot = (slot + 1) & mask
        }
        return -1
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

    private func equals(
        _ label: RuleTables.Run,
        _ bytes: Span<UInt8>,
        _ segment: Range<Int>
    ) -> Bool {
        guard Int(label.count) == segment.count else { return false }
        for index in 0..<segment.count
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
