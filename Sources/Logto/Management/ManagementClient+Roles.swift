package import Values

/// The roles of one holder in one organization: the question that is asked for requests.
///
/// Both calls are paid for: the caller took them from the budget.
extension ManagementClient {
    /// The roles of a person; nil where they are not a member, do not exist, or the organization
    /// does not.
    package func organizationRoles(
        ofUser user: UserID, in organization: OrganizationID
    ) async throws(LogtoFailure) -> [LogtoRole]? {
        try await roles(
            .readMemberRoles,
            [
                "organizations", try ManagementTarget.id(organization), "users",
                try ManagementTarget.id(user), "roles",
            ])
    }

    /// The roles of a machine; nil where it is not in the organization, or either does not exist.
    package func organizationRoles(
        ofMachine machine: ClientID, in organization: OrganizationID
    ) async throws(LogtoFailure) -> [LogtoRole]? {
        try await roles(
            .readMachineRoles,
            [
                "organizations", try ManagementTarget.id(organization), "applications",
                try ManagementTarget.id(machine), "roles",
            ])
    }

    /// Without `page` the answer is the whole list. Every unknown id, of an organization, a person
    /// or a machine, is a 422 with one code; a 404 is no answer to this question.
    private func roles(
        _ operation: ManagementOperation, _ path: [String]
    ) async throws(LogtoFailure) -> [LogtoRole]? {
        do throws(LogtoFailure) {
            return try await perform(
                ManagementCall(
                    operation: operation, method: .get, target: ManagementTarget(path),
                    success: 200, isPaid: true)
            ) { (value) throws(AnswerFault) in try AnswerReader.list(value, AnswerReader.role) }
        } catch {
            if case .unprocessable(let code) = error, code.isExactly(LogtoCode.requireMembership) {
                return nil
            }
            throw error
        }
    }
}
