/// One row of the attack page about tokens, or one input of it, with what must become of it.
package struct TokenAttack: Sendable, CustomStringConvertible {
    /// What must become of a token.
    package enum Outcome: Sendable, Equatable {
        /// Refused with this code.
        case refused(String)
        /// Accepted, and what it says suffices for the route of the fixtures.
        case granted
        /// Accepted, but what it says does not suffice: the status of the answer.
        case denied(Int)
    }

    /// The id on the attack page.
    package let id: String
    /// What is special about it.
    package let name: String
    package let outcome: Outcome
    /// The token.
    package let make: @Sendable (TokenForge.Bench) throws -> String

    init(
        _ id: String, _ name: String, _ outcome: Outcome,
        _ make: @escaping @Sendable (TokenForge.Bench) throws -> String
    ) {
        (self.id, self.name, self.outcome, self.make) = (id, name, outcome, make)
    }

    package var description: String { "\(id) \(name)" }

    /// Every input.
    package static let all =
        [forms, headers, types, claims, times, audiences, texts].flatMap { $0 }

    /// The inputs of one row.
    package static func of(_ id: String) -> [TokenAttack] { all.filter { $0.id == id } }
}
