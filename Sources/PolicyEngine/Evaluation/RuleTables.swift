import Values

/// The compiled rules of one rule set: flat tables of plain numbers, so that a decision follows no
/// reference and touches no reference count.
struct RuleTables: Sendable {
    /// A run of entries in another table.
    struct Run: Sendable {
        var start: Int32 = 0
        var count: Int32 = 0

        var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
    }

    /// A set of names as a rule asks for it.
    struct Mask: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// The words from name 128 on, in `words`.
        var rest = Run()

        var isEmpty: Bool { low == 0 && high == 0 && rest.count == 0 }
    }

    /// Who may meet a rule, one bit each.
    struct Callers: OptionSet, Sendable {
        let rawValue: UInt8
        static let user = Callers(rawValue: 1)
        static let machine = Callers(rawValue: 2)
        static let anonymous = Callers(rawValue: 4)
    }

    /// Where the organization of a route comes from.
    enum Organization: UInt8, Sendable {
        case none
        case token
        case path
        case header
    }

    /// One allow or deny rule.
    struct Rule: Sendable {
        var callers: Callers = []
        var isShadow = false
        /// Whether the token must name the route's organization.
        var needsMember = false
        var all = Mask()
        var any = Mask()
        var role = Mask()
        /// Methods that a deny rule is narrowed to, in `methodNames`; none: all.
        var methods = Run()
        /// Conditions in CEL; empty until they are built.
        var conditions = Run()
        var obligations: Int32 = 0

        /// Whether it asks for permissions or roles.
        var needsStanding: Bool { !all.isEmpty || !any.isEmpty || !role.isEmpty }
    }

    /// One route, or one self-service action.
    struct Route: Sendable {
        /// Indices into `ruleNumbers`: deny rules in the order of project, policy, route.
        var deny = Run()
        /// Indices into `ruleNumbers`.
        var allow = Run()
        var organization = Organization.none
        /// The rule that may cross organizations; −1 for none.
        var crossingRule: Int32 = -1
        /// Entries of `crossingOrigins`: who may use it.
        var crossingOrigins = Run()
        var crossingTakesMachines = false
        /// Index of the audience whose API tokens count; −1 where none does.
        var audience: Int32 = -1
        var takesOrganizationTokens = true
        /// Whether every allow rule is public: the token is not even read.
        var isPublic = false
        /// Whether a header that it sets tells where the request comes from.
        var readsOrigin = false
        /// Whether some allow rule is public.
        var hasPublicRule = false
        /// Whether shadow rules stand in it.
        var hasShadow = false
        var upstream: Int32 = -1
        /// Headers that a decision reads, in `headerNames`.
        var headers = Run()
    }

    /// One pattern of a route: where its organization stands.
    struct Pattern: Sendable {
        /// The slot of the parameter that names the organization; −1 where none does.
        var organizationSlot: Int32 = -1
        /// Entries of `slots`: the slot of each parameter of the route, in the route's own order.
        var slots = Run()
    }

    /// Headers that an allow adds, as runs of `headerSteps`.
    struct Obligations: Sendable {
        var request = Run()
        var response = Run()
    }

    /// One step of writing headers.
    enum HeaderStep: Sendable {
        /// A line begins: its name, colon and space, in `text`.
        case line(Run)
        case text(Run)
        case principalID
        case principalOrganization
        case principalClient
        case principalKind
        case organization
        /// A parameter of the route, by its number there.
        case parameter(Int32)
        case requestID
        case requestMethod
        case requestPath
        case requestHost
        /// Where the request comes from, by the number of the value.
        case requestOrigin(Int32)
        /// A list of the caller, by the number of the join.
        case join(Int32)
        /// A line ends; whether its value holds a part of the request, which must be checked. What a
        /// caller brings was checked when the caller was compiled.
        case end(isChecked: Bool)
    }

    var routes: [Route] = []
    var patterns: [Pattern] = []
    var rules: [Rule] = []
    var ruleNumbers: [Int32] = []
    var methodNames: [HTTPMethod] = []
    var slots: [Int32] = []
    var obligations: [Obligations] = []
    var headerSteps: [HeaderStep] = []
    var words: [UInt64] = []
    /// Organizations that may cross, as bytes in `text`.
    var crossingOrigins: [Run] = []
    var text: [UInt8] = []
    var originValues: [RequestOrigin.Value] = []

    /// Adds a set of names.
    mutating func mask(_ bits: NameBits) -> Mask {
        let start = Int32(words.count)
        words += bits.rest
        return Mask(
            low: bits.low,
            high: bits.high,
            rest: Run(start: bits.rest.isEmpty ? 0 : start, count: Int32(bits.rest.count))
        )
    }

    /// Adds bytes to `text`.
    mutating func store(_ bytes: some Collection<UInt8>) -> Run {
        let run = Run(start: Int32(text.count), count: Int32(bytes.count))
        text += bytes
        return run
    }

    /// The same tables in memory of their own, so that loops share no reference count.
    func copied() -> RuleTables {
        // Of a table that is not named here the reference is shared: slower, but never lost.
        var copy = self
        copy.routes = routes.map { $0 }
        copy.patterns = patterns.map { $0 }
        copy.rules = rules.map { $0 }
        copy.ruleNumbers = ruleNumbers.map { $0 }
        copy.methodNames = methodNames.map { $0 }
        copy.slots = slots.map { $0 }
        copy.obligations = obligations.map { $0 }
        copy.headerSteps = headerSteps.map { $0 }
        copy.words = words.map { $0 }
        copy.crossingOrigins = crossingOrigins.map { $0 }
        copy.text = text.map { $0 }
        copy.originValues = originValues.map { $0 }
        return copy
    }

    /// Whether all names of the mask are in the set.
    @inline(__always)
    func isContained(_ mask: Mask, in set: borrowing NameBits) -> Bool {
        guard mask.low & ~set.low == 0, mask.high & ~set.high == 0 else { return false }
        return mask.rest.count == 0 || isRestContained(mask, in: set)
    }

    private func isRestContained(_ mask: Mask, in set: borrowing NameBits) -> Bool {
        for index in 0..<Int(mask.rest.count) {
            let held = index < set.rest.count ? set.rest[index] : 0
            if words[Int(mask.rest.start) + index] & ~held != 0 { return false }
        }
        return true
    }

    /// Whether some name of the mask is in the set.
    @inline(__always)
    func intersects(_ mask: Mask, _ set: borrowing NameBits) -> Bool {
        if mask.low & set.low != 0 || mask.high & set.high != 0 { return true }
        return mask.rest.count > 0 && restIntersects(mask, set)
    }

    private func restIntersects(_ mask: Mask, _ set: borrowing NameBits) -> Bool {
        for index in 0..<min(Int(mask.rest.count), set.rest.count)
        where words[Int(mask.rest.start) + index] & set.rest[index] != 0 {
            return true
        }
        return false
    }
}
