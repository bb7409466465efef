import Store
import Telemetry
import Values

extension OrganizationCreation {
    /// Removes the organization of a creation, if nothing of anybody else is in it.
    ///
    /// - Returns: whether it is certain that the organization is gone.
    func remove(_ creation: CreationRecord) async -> Bool {
        guard let id = creation.organization else { return false }
        for tries in 1...Self.maxTries {
            do throws(DirectoryFailure) {
                // Looked at anew before each try: a delete whose answer was lost may have worked.
                guard try await mayRemove(id, creation) else {
                    log.error(
                        "organization of a failed creation is kept: it is not as it was made",
                        facts: facts(creation)
                    )
                    return false
                }
                try await directory.delete(id)
                return true
            } catch .notFound {
                return true
            } catch {
                log.warning(
                    "organization not removed",
                    facts: facts(creation).merging(
                        ["gatehouse.reason": .string(error.code)]
                    ) { $1 }
                )
                guard error.isTransient, tries < Self.maxTries else { return false }
            }
            await surroundings.pause(tries: tries)
        }
        return false
    }

    /// SECURITY: only what this creation made may be deleted: its mark is in the organization, and
    /// nobody but the creator is a member (C3). Logto has no conditional delete, so that a member
    /// who is added in the milliseconds between is not seen.
    private func mayRemove(
        _ id: OrganizationID, _ creation: CreationRecord
    ) async throws(DirectoryFailure) -> Bool {
        guard isOurs(try await directory.organization(id), creation) else { return false }
        let members = try await directory.members(of: id, limit: 2)
        return members.total <= 1 && members.items.allSatisfy { $0 == creation.user }
    }
}
