import Store
import Values

extension OrganizationCreation {
    /// What a search for the organization of a creation has shown.
    enum Finding: Equatable, Sendable {
        /// It exists.
        case found(DirectoryOrganization)
        /// Every organization that could be it was seen, and none is.
        case absent
        /// The search was not complete, or found more than one.
        case inDoubt
    }

    static let pageSize = 100
    static let maxPages = 50
    static let maxSweeps = 3

    /// Looks for the organization that a creation may have made, by the mark that it carries.
    func find(_ creation: CreationRecord) async -> Finding {
        guard let text = Self.searchText(for: creation.name) else { return .inDoubt }
        for sweep in 1...Self.maxSweeps {
            do throws(DirectoryFailure) {
                let seen = try await self.sweep(text)
                let ours = seen.organizations.filter { isOurs($0, creation) }
                if ours.count > 1 { return .inDoubt }
                if let one = ours.first { return .found(one) }
                // INVARIANT: absence is proved only by having seen as many as there are; the list
                // has no stable order, so that one sweep may show one twice and miss another.
                if seen.isComplete { return .absent }
            } catch {
                if !error.isTransient { return .inDoubt }
            }
            if sweep < Self.maxSweeps { await surroundings.pause(tries: sweep) }
        }
        return .inDoubt
    }

    /// Whether an organization carries the mark of a creation.
    func isOurs(_ organization: DirectoryOrganization, _ creation: CreationRecord) -> Bool {
        guard let mark = CreationMark(of: organization) else { return false }
        return mark.saga == creation.id && mark.by == creation.user
    }

    private func sweep(
        _ text: String
    ) async throws(DirectoryFailure) -> (organizations: [DirectoryOrganization], isComplete: Bool) {
        var organizations: [OrganizationID: DirectoryOrganization] = [:]
        for page in 1...Self.maxPages {
            let answer = try await directory.organizations(
                matching: text, page: page, pageSize: Self.pageSize
            )
            for organization in answer.items { organizations[organization.id] = organization }
            if organizations.count >= answer.total { return (Array(organizations.values), true) }
            if answer.items.isEmpty { break }
        }
        return (Array(organizations.values), false)
    }

    /// Text that every organization of that name contains for Logto's search.
    ///
    /// The search takes `\` as an escape and does not find a name that holds one by itself: the
    /// longest piece without it is asked for. `%` and `_` are wildcards and find more, never less.
    static func searchText(for name: String) -> String? {
        let pieces = name.split(separator: "\\").map { OrganizationText.trimmed(String($0)) }
        let longest = pieces.max { $0.utf8.count < $1.utf8.count } ?? ""
        return longest.isEmpty ? nil : longest
    }
}
