import SelfService
import Testing
import Values

@Suite struct SelfServiceRoutesTests {
    @Test(arguments: ["", "/account", "/account/v1"])
    func `method and path mean an action`(_ prefix: String) throws {
        let routes = try #require(SelfServiceRoutes(prefix: prefix))
        let path = prefix + "/organizations"
        #expect(routes.match(method: .post, path: path) == .action(.createOrganization))
        #expect(routes.match(method: .get, path: path) == .action(.listOrganizations))
        #expect(
            routes.match(method: .delete, path: path) == .otherMethod(allowed: [.post, .get])
        )
        #expect(routes.table.map(\.path) == [path, path])
    }

    @Test(arguments: [
        "/organizations/", "/Organizations", "/organization", "/organizations/org1", "/",
        "//organizations", "/x/organizations", "/account",
    ])
    func `other paths are none of ours`(_ path: String) throws {
        let routes = try #require(SelfServiceRoutes(prefix: ""))
        #expect(routes.match(method: .post, path: path) == .none)
        let prefixed = try #require(SelfServiceRoutes(prefix: "/account"))
        #expect(prefixed.match(method: .post, path: "/organizations") == .none)
    }

    @Test(arguments: ["/", "account", "/a/", "//a", "/a//b", "/../b", "/a b", "/a?b", "/{a}"])
    func `a prefix that is no path is refused`(_ prefix: String) {
        #expect(SelfServiceRoutes(prefix: prefix) == nil)
    }
}
