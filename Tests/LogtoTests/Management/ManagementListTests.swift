import Logto
import TestSupport
import Testing
import Values

/// Lists over several pages.
@Suite struct ManagementListTests {
    private static func organization(_ id: String) -> String {
        #"{"id":"\#(id)","name":"n","description":null,"customData":{},"createdAt":1}"#
    }

    /// Answers page after page, whatever is asked, each with a `Link` that leads elsewhere.
    private func tenant(_ pages: [(ids: [String], total: Int)]) throws -> TestTenant {
        let next = Box(0)
        return try TestTenant { request in
            let number = next.change { number in
                defer { number += 1 }
                return min(number, pages.count - 1)
            }
            let (ids, total) = pages[number]
            return ScriptedServer.json(
                200, "[" + ids.map(Self.organization).joined(separator: ",") + "]",
                [
                    "Total-Number": "\(total)",
                    "Link": #"<http://127.0.0.1:1/organizations?page=2>; rel="next""#,
                ])
        }
    }

    @Test func `L28 pages are counted, Link is never followed`() async throws {
        let tenant = try tenant([(["a", "b"], 3), (["c"], 3)])
        let found = try await tenant.management.allOrganizations(matching: "n")
        #expect(found.map(\.id.text) == ["a", "b", "c"])
        #expect(
            tenant.calls.map(\.target) == [
                "/api/organizations?q=n&page=1&page_size=100",
                "/api/organizations?q=n&page=2&page_size=100",
            ])
        await tenant.stop()
    }

    @Test func `a list that moves is read again until it is whole`() async throws {
        // `b` slips to the first page after it was read, `c` is seen twice.
        let tenant = try tenant([
            (["a", "c"], 3), (["c"], 3), ([], 3), (["a", "b"], 3), (["c"], 3),
        ])
        let found = try await tenant.management.allOrganizations(matching: "n")
        #expect(Set(found.map(\.id.text)) == ["a", "b", "c"])
        #expect(tenant.calls.count == 5)
        await tenant.stop()
    }

    @Test func `a list that never settles is a failure, never a short list`() async throws {
        let tenant = try tenant([(["a"], 2), ([], 2), (["a"], 2), ([], 2), (["a"], 2), ([], 2)])
        #expect(
            await tenant.failure { try await $0.allOrganizations(matching: "n") }
                == .malformedAnswer("the list does not settle"))
        #expect(tenant.calls.count == 6)
        await tenant.stop()
    }

    @Test func `a list that is too long is not gathered`() async throws {
        let tenant = try tenant([(["a"], 2_001)])
        #expect(
            await tenant.failure { try await $0.allOrganizations(matching: "n") }
                == .unavailable(reason: "list-too-long"))
        await tenant.stop()
    }

    @Test func `roles are read over all pages, by kind, with what they reach`() async throws {
        let page = Box(0)
        let tenant = try TestTenant { _ in
            let isFirst = page.change { page in
                page += 1
                return page % 2 == 1
            }
            let first =
                #"[{"id":"1","name":"owner","description":null,"type":"User","#
                + #""scopes":[{"id":"s","name":"read"}],"resourceScopes":[{"id":"x","name":"all","#
                + #""resource":{"id":"management-api","name":"Logto Management API"}}]}]"#
            let second =
                #"[{"id":"2","name":"bot","description":"d","type":"MachineToMachine","#
                + #""scopes":[],"resourceScopes":[]}]"#
            return ScriptedServer.json(200, isFirst ? first : second, ["Total-Number": "2"])
        }
        let all = try await tenant.management.organizationRoles()
        #expect(all.map(\.name) == ["owner", "bot"])
        #expect(all.map(\.reachesManagementAPI) == [true, false])
        #expect(all.first?.scopes == ["read"])
        let users = try await tenant.management.organizationRoles(kind: .user)
        #expect(users.map(\.id) == ["1"])
        await tenant.stop()
    }
}
