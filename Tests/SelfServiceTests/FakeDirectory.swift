import Documents
import SelfService
import Synchronization
import Values

/// A small tenant in memory, whose calls can be made to fail before or after they take effect.
final class FakeDirectory: OrganizationDirectory {
    /// A call of the protocol.
    enum Call: String, CaseIterable, Sendable {
        case create, add, assign, delete, organization, search, members, listMine, template
    }

    /// What a call does instead of its work.
    enum Fault: Sendable {
        /// Fails and changes nothing.
        case before(DirectoryFailure)
        /// Does its work, then fails.
        case after(DirectoryFailure)
        /// Never comes back until `release` is called, then fails without having worked.
        case hangs
        /// Does its work, and runs this afterwards.
        case then(@Sendable (inout Tenant) -> Void)
    }

    /// What the tenant holds.
    struct Tenant: Sendable {
        struct Member: Sendable, Equatable {
            var user: UserID
            var roles: [String]
        }

        struct Organization: Sendable {
            var value: DirectoryOrganization
            var members: [Member] = []
        }

        var organizations: [Organization] = []
        var users: Set<UserID> = [UserID("ana"), UserID("ben")]
        var roles = [
            TemplateRole(name: "owner", isForUsers: true, opensManagementAPI: false),
            TemplateRole(name: "robot", isForUsers: false, opensManagementAPI: false),
            TemplateRole(name: "root", isForUsers: true, opensManagementAPI: true),
        ]
        /// What a page of a search shows besides the truth: how many it claims there are.
        var claimedTotal: Int?
    }

    private struct State {
        var tenant = Tenant()
        var faults: [Call: [Fault]] = [:]
        var lasting: [Call: Fault] = [:]
        var calls: [Call] = []
        var created: [NewOrganization] = []
        var isReleased = false
        var hanging: [CheckedContinuation<Void, Never>] = []
        var hangWatchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    // MARK: For tests

    var tenant: Tenant { state.withLock { $0.tenant } }
    var calls: [Call] { state.withLock { $0.calls } }
    var created: [NewOrganization] { state.withLock { $0.created } }
    var organizations: [Tenant.Organization] { tenant.organizations }

    func change(_ change: (inout Tenant) -> Void) { state.withLock { change(&$0.tenant) } }
    func fail(_ call: Call, _ faults: Fault...) {
        state.withLock { $0.faults[call, default: []] += faults }
    }
    func failAlways(_ call: Call, _ fault: Fault?) { state.withLock { $0.lasting[call] = fault } }
    func heal() {
        state.withLock { state in
            state.faults = [:]
            state.lasting = [:]
        }
    }

    /// Lets everything that hangs go on.
    func release() {
        let hanging = state.withLock { state in
            state.isReleased = true
            defer { state.hanging = [] }
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    /// Returns when a call hangs.
    func untilHanging() async {
        await withCheckedContinuation { continuation in
            let isHanging = state.withLock { state in
                if state.hanging.isEmpty { state.hangWatchers.append(continuation) }
                return !state.hanging.isEmpty
            }
            if isHanging { continuation.resume() }
        }
    }

    private func hang() async {
        await withCheckedContinuation { continuation in
            let (isReleased, watchers) = state.withLock { state in
                if !state.isReleased { state.hanging.append(continuation) }
                defer { state.hangWatchers = [] }
                return (state.isReleased, state.hangWatchers)
            }
            if isReleased { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }

    // MARK: The calls

    private func perform<Value: Sendable>(
        _ call: Call, _ work: (inout Tenant) throws(DirectoryFailure) -> Value
    ) async throws(DirectoryFailure) -> Value {
        let fault: Fault? = state.withLock { state in
            state.calls.append(call)
            if let first = state.faults[call]?.first {
                state.faults[call]?.removeFirst()
                return first
            }
            return state.lasting[call]
        }
        switch fault {
        case .before(let failure): throw failure
        case .hangs:
            await hang()
            throw .unknownOutcome
        case .after(let failure):
            _ = try apply(work)
            throw failure
        case .then(let change):
            let value = try apply(work)
            self.change(change)
            return value
        case nil: return try apply(work)
        }
    }

    private func apply<Value: Sendable>(
        _ work: (inout Tenant) throws(DirectoryFailure) -> Value
    ) throws(DirectoryFailure) -> Value {
        let result: Result<Value, DirectoryFailure> = state.withLock { state in
            do throws(DirectoryFailure) {
                return .success(try work(&state.tenant))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func create(
        _ organization: NewOrganization
    ) async throws(DirectoryFailure) -> DirectoryOrganization {
        state.withLock { $0.created.append(organization) }
        return try await perform(.create) { tenant throws(DirectoryFailure) in
            let value = DirectoryOrganization(
                id: OrganizationID("org\(tenant.organizations.count + 1)"),
                name: organization.name, description: organization.description,
                customData: organization.customData, logoURL: nil,
                createdAt: UnixTime(seconds: 1_790_000_000)
            )
            tenant.organizations.append(Tenant.Organization(value: value))
            return value
        }
    }

    func add(_ user: UserID, to organization: OrganizationID) async throws(DirectoryFailure) {
        try await perform(.add) { tenant throws(DirectoryFailure) in
            guard
                let index = tenant.organizations.firstIndex(where: { $0.value.id == organization }),
                tenant.users.contains(user)
            else { throw .refused(code: "entity.relation_foreign_key_not_found") }
            if !tenant.organizations[index].members.contains(where: { $0.user == user }) {
                tenant.organizations[index].members.append(.init(user: user, roles: []))
            }
        }
    }

    func assign(
        role: String, to user: UserID, in organization: OrganizationID
    ) async throws(DirectoryFailure) -> [DirectoryRole] {
        try await perform(.assign) { tenant throws(DirectoryFailure) in
            guard
                let index = tenant.organizations.firstIndex(where: { $0.value.id == organization }),
                let member = tenant.organizations[index].members.firstIndex(where: {
                    $0.user == user
                })
            else { throw .refused(code: "organization.require_membership") }
            guard tenant.roles.contains(where: { $0.name == role }) else {
                throw .refused(code: "organization.role_names_not_found")
            }
            if !tenant.organizations[index].members[member].roles.contains(role) {
                tenant.organizations[index].members[member].roles.append(role)
            }
            return [DirectoryRole(id: "role-\(role)", name: role)]
        }
    }

    func delete(_ organization: OrganizationID) async throws(DirectoryFailure) {
        try await perform(.delete) { tenant throws(DirectoryFailure) in
            guard
                let index = tenant.organizations.firstIndex(where: { $0.value.id == organization })
            else { throw .notFound }
            tenant.organizations.remove(at: index)
        }
    }

    func organization(
        _ id: OrganizationID
    ) async throws(DirectoryFailure) -> DirectoryOrganization {
        try await perform(.organization) { tenant throws(DirectoryFailure) in
            guard let found = tenant.organizations.first(where: { $0.value.id == id }) else {
                throw .notFound
            }
            return found.value
        }
    }

    func organizations(
        matching text: String, page: Int, pageSize: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<DirectoryOrganization> {
        try await perform(.search) { tenant throws(DirectoryFailure) in
            let all = tenant.organizations.map(\.value)
                .filter { $0.name.lowercased().contains(text.lowercased()) }
            let items = Array(all.dropFirst((page - 1) * pageSize).prefix(pageSize))
            return DirectoryPage(items: items, total: tenant.claimedTotal ?? all.count)
        }
    }

    func members(
        of organization: OrganizationID, limit: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<UserID> {
        try await perform(.members) { tenant throws(DirectoryFailure) in
            let members =
                tenant.organizations.first { $0.value.id == organization }?.members.map(\.user)
                ?? []
            return DirectoryPage(items: Array(members.prefix(limit)), total: members.count)
        }
    }

    func organizations(of user: UserID) async throws(DirectoryFailure) -> [DirectoryMembership] {
        try await perform(.listMine) { tenant throws(DirectoryFailure) in
            guard tenant.users.contains(user) else { throw .notFound }
            return tenant.organizations.compactMap { organization in
                guard let member = organization.members.first(where: { $0.user == user }) else {
                    return nil
                }
                return DirectoryMembership(
                    organization: organization.value,
                    roles: member.roles.map { DirectoryRole(id: "role-\($0)", name: $0) }
                )
            }
        }
    }

    func templateRoles() async throws(DirectoryFailure) -> [TemplateRole] {
        try await perform(.template) { tenant throws(DirectoryFailure) in tenant.roles }
    }
}
