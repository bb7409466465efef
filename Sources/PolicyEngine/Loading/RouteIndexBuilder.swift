import Values

/// Builds the trees of a `RouteIndex` from linked routes.
struct RouteIndexBuilder {
    private struct Step: Hashable {
        let parent: Int32
        let label: ExactText
    }

    private struct Ending {
        let route: Int32
        let pattern: Int32
        let host: Int32
        let hostRank: Int
        let namesMethod: Bool
    }

    private let routes: [LinkedRoute]
    private var built = RouteIndex()
    private var steps: [Step: Int32] = [:]
    private var ends: [Int32: [Ending]] = [:]
    private var wildcards: [Int32: [Ending]] = [:]

    /// A builder for these routes; their patterns are numbered in their order.
    init(_ routes: [LinkedRoute]) { self.routes = routes }

    /// The finished index.
    consuming func index() -> RouteIndex {
        var methods: [HTTPMethod] = []
        for match in routes.flatMap(\.declaration.matches) {
            for method in match.value.methods where !methods.contains(method) {
                methods.append(method)
            }
        }
        built.methods = methods
        let hosts = addHosts()
        for method in methods.map({ Optional($0) }) + [nil] {
            let root = addNode()
            built.roots.append(root)
            var pattern: Int32 = 0
            for (number, route) in routes.enumerated() {
                for match in route.declaration.matches {
                    let names = match.value.methods
                    let isNamed = method.map { names.contains($0) } ?? false
                    if names.isEmpty || isNamed {
                        let host = route.declaration.host?.value
                        insert(
                            match.value.segments,
                            Ending(
                                route: Int32(number), pattern: pattern, host: hosts[number],
                                hostRank: host?.rank ?? -1, namesMethod: isNamed),
                            at: root)
                    }
                    pattern += 1
                }
            }
        }
        finish()
        return built
    }

    private mutating func addHosts() -> [Int32] {
        routes.map { route in
            guard let host = route.declaration.host?.value else { return -1 }
            built.hosts.append(.init(name: store(host.name), isSuffix: host.isSuffix))
            return Int32(built.hosts.count - 1)
        }
    }

    private mutating func addNode() -> Int32 {
        built.nodes.append(RouteIndex.Node())
        return Int32(built.nodes.count - 1)
    }

    private mutating func store(_ text: String) -> RuleTables.Run {
        let run = RuleTables.Run(start: Int32(built.text.count), count: Int32(text.utf8.count))
        built.text += Array(text.utf8)
        return run
    }

    private mutating func insert(
        _ segments: [RoutePattern.Segment],
        _ ending: Ending,
        at root: Int32
    ) {
        var node = root
        var slots = 0
        for segment in segments {
            switch segment {
            case .literal(let text):
                let step = Step(parent: node, label: ExactText(text))
                if let child = steps[step] {
                    node = child
                } else {
                    let child = addNode()
                    steps[step] = child
                    node = child
                }
            case .parameter:
                slots += 1
                if built.nodes[Int(node)].parameterChild < 0 {
                    let child = addNode()
                    built.nodes[Int(node)].parameterChild = child
                }
                node = built.nodes[Int(node)].parameterChild
            case .rest:
                wildcards[node, default: []].append(ending)
                built.slotCount = max(built.slotCount, slots)
                return
            }
        }
        built.slotCount = max(built.slotCount, slots)
        ends[node, default: []].append(ending)
    }

    /// Sorts the candidates and fills the table of literal segments.
    private mutating func finish() {
        for (number, found) in ends.sorted(by: { $0.key < $1.key }) {
            built.nodes[Int(number)].ends = add(found)
        }
        for (number, found) in wildcards.sorted(by: { $0.key < $1.key }) {
            built.nodes[Int(number)].wildcards = add(found)
        }
        var capacity = 4
        while capacity < steps.count * 2 { capacity *= 2 }
        built.edges = Array(repeating: RouteIndex.Edge(), count: capacity)
        for (step, child) in steps.sorted(by: { $0.value < $1.value }) {
            let bytes = Array(step.label.text.utf8)
            let word = RouteIndex.word(0..<bytes.count, in: bytes.span)
            let hash = RouteIndex.hash(
                word, of: 0..<bytes.count, in: bytes.span, below: step.parent)
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while built.edges[slot].child >= 0 { slot = (slot + 1) & (capacity - 1) }
            let label = store(step.label.text)
            built.edges[slot] = RouteIndex.Edge(
                parent: step.parent, child: child, word: word, label: label)
        }
    }

    private mutating func add(_ endings: [Ending]) -> RuleTables.Run {
        let start = Int32(built.candidates.count)
        let sorted = endings.sorted { left, right in
            if left.hostRank != right.hostRank { return left.hostRank > right.hostRank }
            if left.namesMethod != right.namesMethod { return left.namesMethod }
            return left.pattern < right.pattern
        }
        built.candidates += sorted.map {
            RouteIndex.Candidate(route: $0.route, pattern: $0.pattern, host: $0.host)
        }
        return RuleTables.Run(start: start, count: Int32(sorted.count))
    }
}
