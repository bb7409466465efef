import Documents
import PolicyEngine
import SelfService
import Testing
import Values

@testable import Gateway
@testable import JOSE

/// Compiled callers beside the entries of a token cache.
@Suite struct PrincipalTableTests {
    private func principal() throws -> Principal {
        let routes = try #require(SelfServiceRoutes(prefix: ""))
        let (snapshot, _) = PolicyReloader.load(
            TestSite.files.map { SourceFile(path: $0.0, text: $0.1) },
            PolicyEnvironment(
                upstreams: ["backend"], audiences: [TestSite.audience], rolesKnown: true,
                permissionsFromRoles: false), routes)
        return try #require(snapshot).principal(
            PrincipalFacts(
                id: UserID("u_ann"), organization: OrganizationID("org_a"), kind: .user,
                client: ClientID("app"), isFirstParty: true, audience: nil, scopes: [],
                roles: ["member"]))
    }

    @Test func `a caller is found until the roles end, the token leaves or a generation does`()
        throws
    {
        var table = PrincipalTable()
        let principal = try principal()
        let entry = TokenCache.Entry(index: 3, stamp: 7)
        func at(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
        func found(_ entry: TokenCache.Entry, _ time: UInt64, version: UInt64 = 1) -> Bool {
            table.find(entry, revocations: version, at: at(time)) === principal
        }
        #expect(!found(entry, 0))
        table.keep(principal, for: entry, revocations: 1, until: at(100))
        #expect(found(entry, 99))
        #expect(!found(entry, 100))
        #expect(table.findAgain(entry, revocations: 1, at: at(100)) == nil)
        #expect(!found(TokenCache.Entry(index: 3, stamp: 8), 0))
        #expect(!found(TokenCache.Entry(index: 2, stamp: 7), 0))
        #expect(!found(entry, 0, version: 2))
        #expect(table.findAgain(entry, revocations: 2, at: at(99)) === principal)
        #expect(found(entry, 0, version: 2))
        table.invalidate()
        #expect(!found(entry, 0, version: 2))
        #expect(table.findAgain(entry, revocations: 2, at: at(0)) == nil)
    }
}
