package import Values

/// Decides requests by one rule set. One for each event loop: it keeps the parameters of the request
/// at hand, so that neither a match nor a decision allocates.
package final class PolicyEvaluator {
    /// The rule set.
    package let snapshot: PolicySnapshot
    let tables: RuleTables
    let index: RouteIndex
    let vocabulary: Vocabulary
    /// Values of the parameters of the last match, by slot: ranges of the request's bytes.
    private(set) var parameters: [Range<Int>]
    /// Findings of the headers that the last matched route reads.
    private var headers: [HeaderFinding]
    /// What callers get with every request, by `CallerLines.place`.
    private var lines: [CallerLines?]

    /// An evaluator of that rule set, with tables of its own.
    package init(_ snapshot: PolicySnapshot) {
        self.snapshot = snapshot
        tables = snapshot.tables.copied()
        index = snapshot.index.copied()
        vocabulary = snapshot.vocabulary
        parameters = Array(repeating: 0..<0, count: snapshot.index.slotCount)
        lines = Array(repeating: nil, count: CallerLines.places)
        headers = Array(
            repeating: .absent,
            count: snapshot.tables.routes.map { Int($0.headers.count) }.max() ?? 0
        )
    }

    /// The most specific route for a request; nil where none matches (`refusalOfUnmatched`).
    ///
    /// Segments decide from the left: literal before `{param}` before `**`; of equal paths the more
    /// specific host, then the route that names the method.
    package func match(
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>
    ) -> RouteMatch? {
        let path = access.path
        guard !path.isEmpty, path.upperBound <= bytes.count,
            bytes[path.lowerBound] == UInt8(ascii: "/"),
            !access.method.isNeverRouted
        else { return nil }
        let tree = index.number(of: access.method) ?? index.roots.count - 1
        let host = Self.withoutPort(access.host, in: bytes)
        let found = search(
            index.roots[tree],
            from: path.lowerBound + 1,
            to: path.upperBound,
            slot: 0,
            host: host,
            in: bytes
        )
        guard found >= 0 else { return nil }
        let candidate = index.candidates[found]
        let match = RouteMatch(route: Int(candidate.route), pattern: Int(candidate.pattern))
        // SECURITY: what the last request named is forgotten, or it would name the organization here.
        for index in 0..<Int(tables.routes[match.route].headers.count) { headers[index] = .absent }
        return match
    }

    /// The refusal of a request that no route matches.
    package func refusalOfUnmatched(_ method: HTTPMethod) -> Decision {
        return .refused(method.isNeverRouted ? .methodNotAllowed : .noRoute, match: nil)
    }

    /// Whether headers of the route tell where the request comes from: `AccessRequest.origin` is
    /// needed then.
    package func readsOrigin(_ match: RouteMatch) -> Bool { tables.routes[match.route].readsOrigin }

    /// Whether every allow rule of the route is public: the token is then neither read nor forwarded.
    package func isPublic(_ match: RouteMatch) -> Bool { tables.routes[match.route].isPublic }

    /// Index into the upstreams of the environment.
    package func upstream(_ match: RouteMatch) -> Int { Int(tables.routes[match.route].upstream) }

    /// How many headers the decision will read; almost always none.
    package func headerCount(_ match: RouteMatch) -> Int {
        Int(tables.routes[match.route].headers.count)
    }

    /// The name, in lower case, of the header to be looked up for a slot.
    package func headerName(_ match: RouteMatch, slot: Int) -> String {
        snapshot.headerNames[Int(tables.routes[match.route].headers.start) + slot]
    }

    /// Hands over what was found of a header. A slot that is not filled counts as absent.
    package func provide(_ finding: HeaderFinding, slot: Int) {
        headers[slot] = finding
    }

    /// The lines that were written once for a caller.
    @inline(__always)
    func knownLines(_ obligations: Int, of caller: Principal?) -> CallerLines? {
        guard let known = lines[CallerLines.place(of: caller, obligations)],
            known.obligations == obligations, known.caller === caller
        else { return nil }
        return known
    }

    /// Keeps the lines of a caller, in the place of others.
    func keep(_ written: CallerLines) {
        lines[CallerLines.place(of: written.caller, written.obligations)] = written
    }

    /// What was found of a header of the matched route.
    func header(slot: Int) -> HeaderFinding { headers[slot] }

    /// Depth first, the more specific branch first; the first candidate found is the most specific.
    private func search(
        _ node: Int32,
        from start: Int,
        to end: Int,
        slot: Int,
        host: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Int {
        var (number, start, slot) = (node, start, slot)
        while true {
            var segmentEnd = start
            while segmentEnd < end, bytes[segmentEnd] != UInt8(ascii: "/") { segmentEnd &+= 1 }
            let node = index.nodes[Int(number)]
            let literal = index.child(of: number, by: start..<segmentEnd, in: bytes)
            let parameter = segmentEnd > start ? node.parameterChild : -1
            let wildcards = end > start ? node.wildcards : RuleTables.Run()
            if segmentEnd == end {
                var found = -1
                if literal >= 0 {
                    found = index.candidate(
                        of: index.nodes[Int(literal)].ends, host: host, in: bytes)
                }
                if found < 0, parameter >= 0 {
                    parameters[slot] = start..<segmentEnd
                    found = index.candidate(
                        of: index.nodes[Int(parameter)].ends, host: host, in: bytes)
                }
                return found >= 0 ? found : index.candidate(of: wildcards, host: host, in: bytes)
            }
            let next = segmentEnd &+ 1
            if literal >= 0 {
                // What remains here when the branch leads nowhere? Nothing: go on in it.
                if parameter < 0, wildcards.count == 0 {
                    (number, start) = (literal, next)
                    continue
                }
                let found = search(
                    literal, from: next, to: end, slot: slot, host: host, in: bytes)
                if found >= 0 { return found }
            }
            if parameter >= 0 {
                parameters[slot] = start..<segmentEnd
                if wildcards.count == 0 {
                    (number, start, slot) = (parameter, next, slot &+ 1)
                    continue
                }
                let found = search(
                    parameter, from: next, to: end, slot: slot &+ 1, host: host, in: bytes)
                if found >= 0 { return found }
            }
            return index.candidate(of: wildcards, host: host, in: bytes)
        }
    }

    /// The host of an authority: what stands before a port.
    private static func withoutPort(_ host: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var position = host.upperBound
        while position > host.lowerBound {
            position -= 1
            switch bytes[position] {
            case UInt8(ascii: ":"): return host.lowerBound..<position
            case UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            default: return host
            }
        }
        return host
    }
}
