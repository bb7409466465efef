import Values

/// The organization template.
extension ManagementClient {
    /// All roles of the template, of one kind or of both. Their type is read each time, because it
    /// can change while a role is assigned (L37).
    package func organizationRoles(
        kind: LogtoOrganizationRole.Kind? = nil
    ) async throws(LogtoFailure) -> [LogtoOrganizationRole] {
        let all = try await Self.gather(most: 2_000, id: \.id) { (page) throws(LogtoFailure) in
            try await self.performPage(
                ManagementCall(
                    operation: .listOrganizationRoles, method: .get,
                    target: ManagementTarget(
                        ["organization-roles"], query: Self.page(page, Self.largestPage)),
                    success: 200),
                item: AnswerReader.organizationRole)
        }
        return all.filter { kind == nil || $0.kind == kind }
    }
}
