package import Values

/// Something that goes wrong on purpose, for tests of how a client copes.
package struct Fault: Sendable, Equatable {
    /// What happens to a call.
    package enum Effect: Sendable, Equatable {
        /// Nothing is performed; this is the answer.
        case answer(status: Int, headers: HeaderList, body: [UInt8])
        /// The call is performed, and answered with this: a 500 does not mean that nothing was
        /// written.
        case answerAfter(status: Int, headers: HeaderList, body: [UInt8])
        /// Nothing is performed; the connection is closed without an answer.
        case closeBefore
        /// The call is performed; the connection is closed without an answer.
        case closeAfter
        /// The call is performed; its answer comes that much later.
        case delay(Duration)
    }

    /// The method of the calls that are meant; nil for every method.
    package var method: HTTPMethod?
    /// Their path: `*` is one segment, `**` at the end any number of segments, also none.
    package var path: String
    /// Which of them is the first to fail: 1 is the next one.
    package var nth: Int
    /// How many fail from then on.
    package var times: Int
    /// What happens.
    package var effect: Effect

    /// A fault.
    package init(
        method: HTTPMethod?, path: String, nth: Int = 1, times: Int = 1, effect: Effect
    ) {
        self.method = method
        self.path = path
        self.nth = nth
        self.times = times
        self.effect = effect
    }

    /// Whether a call is meant. Words match in any case, as Logto's paths do.
    func isFor(_ method: HTTPMethod, _ path: String) -> Bool {
        if let own = self.method, own != method { return false }
        let wanted = self.path.split(separator: "/")
        let given = path.split(separator: "/")
        for (index, part) in wanted.enumerated() {
            if part == "**", index == wanted.count - 1 { return true }
            guard index < given.count else { return false }
            guard part == "*" || part.lowercased().isExactly(given[index].lowercased()) else {
                return false
            }
        }
        return wanted.count == given.count
    }
}

/// The faults that are still to come, in the order in which they were planned.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []

    /// How many faults may wait at once.
    static let limit = 1000

    /// Adds a fault behind the others; beyond the limit nothing is added.
    mutating func add(_ fault: Fault) -> Bool {
        guard faults.count < Self.limit, fault.times > 0, fault.nth > 0 else { return false }
        faults.append(fault)
        return true
    }

    /// Forgets all of them.
    mutating func clear() {
        faults = []
    }

    /// What happens to a call: every fault that means it counts it, the first that is due decides.
    mutating func effect(on method: HTTPMethod, _ path: String) -> Fault.Effect? {
        var effect: Fault.Effect?
        for index in faults.indices where faults[index].isFor(method, path) {
            if faults[index].nth > 1 {
                faults[index].nth -= 1
            } else if effect == nil {
                effect = faults[index].effect
                faults[index].times -= 1
            }
        }
        faults.removeAll { $0.times == 0 }
        return effect
    }
}
