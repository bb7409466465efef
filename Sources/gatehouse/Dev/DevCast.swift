import LogtoEmulator
import Values

/// The people of the demo and the tokens they hold: `gatehouse dev` prints them ready to paste.
struct DevCast: Sendable {
    /// One person or machine.
    struct Member: Sendable {
        let name: String
        let id: String
        let about: String
        /// A token for each organization, by the organization's name, and for the API alone (`api`).
        var tokens: [(name: String, token: String)]

        /// The token of that name; empty where there is none.
        func token(_ name: String) -> String { tokens.first { $0.name == name }?.token ?? "" }
    }

    /// Organizations of the emulator: the name used on the page, and the id.
    static let organizations = [
        (name: "acme", id: "org_a"), (name: "globex", id: "org_b"), (name: "staff", id: "org_acme"),
    ]

    let members: [Member]

    /// Tokens live this long: a demo may run all day.
    private static let lifetime: Int64 = 12 * 3600

    /// Mints a token for everybody.
    init(_ emulator: EmulatedLogto, audience: String) throws(EmulatorRefusal) {
        let cast: [(name: String, id: String, about: String, organizations: [String])] = [
            ("ann", "u_ann", "member of acme", ["acme"]),
            ("adam", "u_adam", "admin of acme", ["acme"]),
            ("olga", "u_olga", "owner of acme and of globex", ["acme", "globex"]),
            ("zoe", "u_zoe", "owner of globex", ["globex"]),
            ("sue", "u_sue", "support staff", ["staff"]),
            ("robot", "m_robot", "a machine of acme", ["acme"]),
        ]
        var members: [Member] = []
        for person in cast {
            var tokens: [(name: String, token: String)] = []
            for name in person.organizations {
                let id = Self.organizations.first { $0.name == name }?.id
                let token = try emulator.mint(
                    MintRequest(subject: person.id, organization: id, lifetime: Self.lifetime))
                tokens.append((name, token))
            }
            if person.name != "robot" {
                let token = try emulator.mint(
                    MintRequest(subject: person.id, resource: audience, lifetime: Self.lifetime))
                tokens.append(("api", token))
            }
            members.append(
                Member(name: person.name, id: person.id, about: person.about, tokens: tokens))
        }
        self.members = members
    }

    /// A person by name.
    func member(_ name: String) -> Member {
        members.first { $0.name == name }
            ?? Member(name: name, id: "", about: "", tokens: [])
    }
}
