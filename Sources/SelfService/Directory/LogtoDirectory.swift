package import Logto
package import Values

/// The calls of self-service, made through the Management API.
package struct LogtoDirectory: OrganizationDirectory {
    private let client: ManagementClient

    /// A directory over a client.
    package init(_ client: ManagementClient) {
        self.client = client
    }

    package func create(
        _ organization: NewOrganization
    ) async throws(DirectoryFailure) -> DirectoryOrganization {
        do throws(LogtoFailure) {
            return Self.organization(
                try await client.createOrganization(
                    name: organization.name, description: organization.description,
                    customData: organization.customData
                )
            )
        } catch { throw DirectoryFailure(error) }
    }

    package func add(
        _ user: UserID, to organization: OrganizationID
    ) async throws(DirectoryFailure) {
        do throws(LogtoFailure) {
            try await client.addUsers(NonEmpty(user), to: organization)
        } catch { throw DirectoryFailure(error) }
    }

    package func assign(
        role: String, to user: UserID, in organization: OrganizationID
    ) async throws(DirectoryFailure) -> [DirectoryRole] {
        do throws(LogtoFailure) {
            let ids = try await client.assignRoles(
                NonEmpty(ExactText(role)), to: user, in: organization
            )
            return ids.map { DirectoryRole(id: $0, name: role) }
        } catch { throw DirectoryFailure(error) }
    }

    package func delete(_ organization: OrganizationID) async throws(DirectoryFailure) {
        do throws(LogtoFailure) {
            try await client.deleteOrganization(organization)
        } catch { throw DirectoryFailure(error) }
    }

    package func organization(
        _ id: OrganizationID
    ) async throws(DirectoryFailure) -> DirectoryOrganization {
        do throws(LogtoFailure) {
            return Self.organization(try await client.organization(id))
        } catch { throw DirectoryFailure(error) }
    }

    package func organizations(
        matching text: String, page: Int, pageSize: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<DirectoryOrganization> {
        do throws(LogtoFailure) {
            let answer = try await client.organizations(
                matching: text, page: page, pageSize: pageSize
            )
            return DirectoryPage(
                items: answer.items.map { Self.organization($0) }, total: answer.total
            )
        } catch { throw DirectoryFailure(error) }
    }

    package func members(
        of organization: OrganizationID, limit: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<UserID> {
        do throws(LogtoFailure) {
            let answer = try await client.members(of: organization, pageSize: limit)
            return DirectoryPage(items: answer.items.map(\.user.id), total: answer.total)
        } catch { throw DirectoryFailure(error) }
    }

    package func organizations(
        of user: UserID
    ) async throws(DirectoryFailure) -> [DirectoryMembership] {
        do throws(LogtoFailure) {
            return try await client.organizations(of: user).map { membership in
                DirectoryMembership(
                    organization: Self.organization(membership.organization),
                    roles: membership.roles.map { DirectoryRole(id: $0.id, name: $0.name.text) }
                )
            }
        } catch { throw DirectoryFailure(error) }
    }

    package func templateRoles() async throws(DirectoryFailure) -> [TemplateRole] {
        do throws(LogtoFailure) {
            return try await client.organizationRoles().map { role in
                TemplateRole(
                    name: role.name.text, isForUsers: role.kind == .user,
                    opensManagementAPI: role.reachesManagementAPI
                )
            }
        } catch { throw DirectoryFailure(error) }
    }

    private static func organization(
        _ organization: LogtoOrganization
    ) -> DirectoryOrganization {
        DirectoryOrganization(
            id: organization.id, name: organization.name, description: organization.description,
            customData: organization.customData, logoURL: organization.logoURL,
            createdAt: organization.createdAt
        )
    }
}

extension DirectoryFailure {
    /// The failure of a call of the Management API, by what may be done next.
    init(_ failure: LogtoFailure) {
        switch failure {
        case .quotaExceeded: self = .quotaExceeded
        case .notFound: self = .notFound
        case .unprocessable(let code): self = .refused(code: code)
        case .refused(_, let code): self = .refused(code: code ?? "none")
        case .invalidArgument: self = .refused(code: "argument-invalid")
        case .unauthorized, .credentialsRefused, .scopeMissing, .forbidden:
            self = .credentialsRefused
        case .throttled(let after):
            self = .throttled(retryAfterSeconds: after.map { max(1, $0.components.seconds) })
        case .unknownOutcome, .malformedAnswer: self = .unknownOutcome
        case .unavailable, .cancelled: self = .notSent
        }
    }
}
