import Documents
import JOSE
import TestSupport
import Testing
import Values

/// Roles from what claims scripts of a real Logto put into tokens (`logto/recorded/tokens`, 54 to
/// 56): the recorded claims, signed by a key of ours.
@Suite(.enabled(if: SharedData.isPresent))
struct RecordedRoleClaimTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let name: String
        let source: RoleSource
        /// nil: the token is refused as a whole.
        let roles: [String]?
        var testDescription: String { "\(file) \(name)" }

        init(_ file: String, _ name: String, _ source: RoleSource, _ roles: [String]?) {
            (self.file, self.name, self.source, self.roles) = (file, name, source, roles)
        }
    }

    private static let user = "54-custom-claims-user"
    private static let machine = "55-custom-claims-machine"
    private static let shapes = "56-custom-claims-shapes"
    private static let usual = RoleSource.claim("organization_roles")

    static let rows: [Row] = [
        // The pairs of all organizations: those of the token's count.
        Row(user, "in-a", .claim("org_roles"), ["t54 both"]),
        Row(user, "organization-token", .claim("org_roles"), ["t54 both"]),
        Row(user, "global", .claim("org_roles"), []),
        // Global roles count only where the operator says that they are of the organization.
        Row(user, "in-a", .claimPlain("roles"), ["t54 global"]),
        Row(user, "global", .claimPlain("roles"), []),
        Row(user, "in-a", .claim("roles"), []),
        // A claim that is null, a number, a mixed list, a text.
        Row(user, "override-in-a", .claim("extra"), []),
        Row(user, "override-in-a", .claim("n"), []),
        Row(user, "override-in-a", .claim("big"), []),
        Row(user, "override-in-a", .claimPlain("big"), []),
        Row(user, "in-a", .claim("env"), []),
        // Scripts that failed left no claim behind.
        Row(user, "throws", .claim("org_roles"), []),
        Row(user, "syntax-error", .claimPlain("roles"), []),
        Row(user, "returns-array", .claim("org_roles"), []),
        Row(user, "returns-nothing", .claim("org_roles"), []),
        Row(user, "organization-id-number", .claim("org_roles"), nil),
        // A script names another organization than the audience.
        Row(user, "override-organization-token", .claim("org_roles"), nil),
        Row(machine, "spoof-organization-token", .claim("org_roles"), nil),
        Row(machine, "in-a", .claimPlain("tier"), []),
        Row(machine, "block-on-error", usual, []),
        Row(shapes, "pairs-in-a", usual, ["t56 both", "t56 inviter"]),
        // A member of B, where the roles are all A's.
        Row(shapes, "pairs-organization-b", usual, []),
        Row(shapes, "objects-in-a", .claim("organizations"), ["t56 both", "t56 inviter"]),
        Row(shapes, "current-in-a", .claimPlain("org_roles"), ["t56 both", "t56 inviter"]),
        Row(
            shapes, "current-organization-a", .claimPlain("org_roles"),
            ["t56 both", "t56 inviter"]),
        Row(shapes, "current-global", .claimPlain("org_roles"), []),
        Row(shapes, "namespaced", .claimPlain("https://acme.example/claims/roles"), []),
        // The script took the organization away.
        Row(shapes, "organization-dropped", usual, []),
        Row(shapes, "organization-copied", usual, []),
        Row(shapes, "organization-null", usual, nil),
        Row(shapes, "after", usual, []),
    ]

    @Test(arguments: rows)
    func `recorded claims give the roles that they name`(_ row: Row) throws {
        let payload = try #require(try Self.payload(of: row.name, in: row.file))
        let audience = try #require(payload["aud"]?.stringValue)
        let trust = Issuer.trusting { configuration in
            configuration.audiences = ["https://t54.acme.example", "https://t55.acme.example"]
            configuration.audiences.append("https://t56.acme.example")
            configuration.roles = row.source
        }
        let token = try Issuer.token(
            header: JSONWriter.text(.object(Issuer.h0)),
            payload: JSONWriter.text(
                .object(
                    payload.with([
                        "iss": .string(Issuer.name), "aud": .string(audience),
                        "nbf": Optional<JSONValue>.none,
                        "iat": .integer(Issuer.t - 10), "exp": .integer(Issuer.t + 3600),
                    ]))))
        if let roles = row.roles {
            let verified = try Issuer.verify(token, trust: trust)
            // Roles are of an organization: a token that names none has none that could be known.
            #expect(verified.roles == (verified.organization == nil ? nil : roles))
            #expect(verified.organization != nil || roles.isEmpty)
        } else {
            #expect(Issuer.code(token, trust: trust) == "token-claims")
        }
    }

    private static func payload(of name: String, in file: String) throws -> JSONObject? {
        let bytes = try SharedData.bytes(of: "logto/recorded/tokens/\(file).jsonl")
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let row = try JSONReader.read(Array(line))
            guard row["case"] == .string(name),
                let token = row["response"]?["json"]?["access_token"]?.stringValue
            else { continue }
            let parts = token.split(separator: ".")
            guard parts.count == 3, let payload = Base64URL.decode(Array(parts[1].utf8).span)
            else { return nil }
            return try JSONReader.read(payload).objectValue
        }
        return nil
    }
}
