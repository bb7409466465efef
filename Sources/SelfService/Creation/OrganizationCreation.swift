import Store
import Telemetry
import Values

/// Carries one creation of an organization to a settled end, from wherever it stands.
///
/// INVARIANT: whoever calls holds the lock of the creation's user; so one creation is carried out
/// by one caller at a time.
struct OrganizationCreation: Sendable {
    let directory: any OrganizationDirectory
    let store: EmbeddedStore
    let creatorRole: String?
    let surroundings: Surroundings
    let log: Logger

    /// The most tries of a call that may be repeated.
    static let maxTries = 3
    /// After so long a request that was under way at Logto has ended there, one way or the other.
    static let absenceIsProofAfterSeconds: Int64 = 600

    /// Carries a creation on.
    ///
    /// - Parameters:
    ///   - creation: as the store has it.
    ///   - draft: what to create, where a client is here and wants it; nil when a creation is
    ///     settled without its client: then nothing is created any more.
    ///   - isNew: whether nothing was ever asked of Logto for it.
    func carryOn(
        _ creation: CreationRecord, draft: OrganizationDraft?, isNew: Bool
    ) async -> CreationEnd {
        var creation = creation
        let organization: DirectoryOrganization
        do throws(Stop) {
            organization = try await establish(&creation, draft: draft, isNew: isNew)
        } catch {
            return await end(&creation, stop: error)
        }
        do throws(DirectoryFailure) {
            let roles = try await complete(&creation, organization.id)
            return .complete(organization, roles: roles)
        } catch {
            let problem = Self.problem(ofCompletion: error)
            report(creation, failure: error, "creation failed and is undone")
            return await undo(&creation, because: problem)
        }
    }

    /// Removes what is left of a creation that nobody wants any more.
    func undo(_ creation: CreationRecord) async -> CreationEnd {
        var creation = creation
        let problem = Problem(.upstreamUnavailable)
        if creation.organization == nil {
            switch await find(creation) {
            case .found(let organization): creation.organization = organization.id
            case .absent: return await end(&creation, stop: .absent)
            case .inDoubt: return await end(&creation, stop: .inDoubt(problem))
            }
        }
        return await undo(&creation, because: problem)
    }

    /// Writes how far a creation has come.
    ///
    /// A failure to write is logged and not fatal: the mark in the organization says the same, and
    /// no success is reported before the last write has been made.
    func note(_ state: CreationState, _ creation: inout CreationRecord) async {
        creation.state = state
        creation.updated = surroundings.now()
        let written = creation
        do throws(StoreFailure) {
            try await store.perform { database throws(StoreFailure) in
                try database.update(written)
            }
        } catch {
            log.error(
                "creation not recorded",
                facts: facts(creation).merging(["gatehouse.reason": .string(error.code)]) { $1 }
            )
        }
    }

    // MARK: The organization itself

    /// Why there is no organization to go on with.
    private enum Stop: Error {
        /// Nothing was created, and the answer is this problem.
        case nothing(Problem)
        /// It was looked for in vain, and nobody is here who wants it.
        case absent
        /// It may exist.
        case inDoubt(Problem)
    }

    private func establish(
        _ creation: inout CreationRecord, draft: OrganizationDraft?, isNew: Bool
    ) async throws(Stop) -> DirectoryOrganization {
        if let id = creation.organization { return try await load(id, creation) }
        // INVARIANT: an organization is created only when this creation has never asked for one, or
        // when a complete search has just proved that none of its requests had an effect (C2).
        var isFirstRequest = isNew
        for _ in 0..<2 {
            if !isFirstRequest {
                switch await find(creation) {
                case .found(let organization):
                    creation.organization = organization.id
                    await note(.organizationCreated, &creation)
                    return organization
                case .absent where draft == nil: throw .absent
                case .absent: break
                case .inDoubt: throw .inDoubt(Problem(.upstreamUnavailable))
                }
            }
            guard let draft else { throw .absent }
            if let organization = try await create(&creation, draft: draft, isFirstRequest) {
                return organization
            }
            isFirstRequest = false
        }
        switch await find(creation) {
        case .found(let organization):
            creation.organization = organization.id
            await note(.organizationCreated, &creation)
            return organization
        case .absent, .inDoubt: throw .inDoubt(Problem(.upstreamUnavailable))
        }
    }

    /// Asks for the organization once.
    ///
    /// - Returns: nil when the outcome is not known.
    private func create(
        _ creation: inout CreationRecord, draft: OrganizationDraft, _ isFirstRequest: Bool
    ) async throws(Stop) -> DirectoryOrganization? {
        let mark = CreationMark(by: creation.user, saga: creation.id, at: creation.created)
        do throws(DirectoryFailure) {
            let organization = try await directory.create(
                NewOrganization(
                    name: draft.name, description: draft.description,
                    customData: mark.customData(metadata: draft.metadata)
                )
            )
            creation.organization = organization.id
            await note(.organizationCreated, &creation)
            return organization
        } catch .unknownOutcome {
            report(creation, failure: .unknownOutcome, "outcome of a creation is not known")
            await surroundings.pause(tries: 1)
            return nil
        } catch {
            report(creation, failure: error, "creation refused")
            let problem = Self.problem(ofCreation: error)
            // An earlier request of this creation may still be under way.
            throw isFirstRequest ? .nothing(problem) : .inDoubt(problem)
        }
    }

    /// The organization of a creation that is resumed.
    private func load(
        _ id: OrganizationID, _ creation: CreationRecord
    ) async throws(Stop) -> DirectoryOrganization {
        let organization: DirectoryOrganization
        do throws(DirectoryFailure) {
            organization = try await repeating { () throws(DirectoryFailure) in
                try await directory.organization(id)
            }
        } catch .notFound {
            // Somebody has deleted it meanwhile: nothing is left of the creation.
            throw .nothing(Problem(.upstreamUnavailable))
        } catch {
            throw .inDoubt(Self.problem(ofCompletion: error))
        }
        guard isOurs(organization, creation) else {
            throw .inDoubt(Problem(.upstreamUnavailable))
        }
        return organization
    }

    // MARK: Membership and role

    private func complete(
        _ creation: inout CreationRecord, _ organization: OrganizationID
    ) async throws(DirectoryFailure) -> [DirectoryRole] {
        let user = creation.user
        try await repeating { () throws(DirectoryFailure) in
            try await directory.add(user, to: organization)
        }
        await note(.memberAdded, &creation)
        guard let creatorRole else { return [] }
        return try await repeating { () throws(DirectoryFailure) in
            try await directory.assign(role: creatorRole, to: user, in: organization)
        }
    }

    /// Repeats an idempotent call while another try may help.
    func repeating<Value: Sendable>(
        _ call: () async throws(DirectoryFailure) -> Value
    ) async throws(DirectoryFailure) -> Value {
        var tries = 1
        while true {
            do throws(DirectoryFailure) {
                return try await call()
            } catch {
                guard error.isTransient, tries < Self.maxTries else { throw error }
            }
            await surroundings.pause(tries: tries)
            tries += 1
        }
    }

    // MARK: Ends without success

    private func end(_ creation: inout CreationRecord, stop: Stop) async -> CreationEnd {
        switch stop {
        case .nothing(let problem):
            creation.lastError = problem.code.rawValue
            await note(.compensated, &creation)
            return .undone(problem)
        case .absent:
            let age = surroundings.now().seconds - creation.created.seconds
            guard age >= Self.absenceIsProofAfterSeconds else {
                return .unsettled(Problem(.upstreamUnavailable))
            }
            await note(.compensated, &creation)
            return .undone(Problem(.upstreamUnavailable))
        case .inDoubt(let problem):
            creation.lastError = problem.code.rawValue
            await note(.needsRepair, &creation)
            log.error("creation needs repair", facts: facts(creation))
            return .unsettled(problem)
        }
    }

    private func undo(
        _ creation: inout CreationRecord, because problem: Problem
    ) async -> CreationEnd {
        // The first error is what the client learns, whatever becomes of the clean-up (C4).
        creation.lastError = problem.code.rawValue
        if await remove(creation) {
            await note(.compensated, &creation)
            return .undone(problem)
        }
        await note(.needsRepair, &creation)
        log.error("organization left over", facts: facts(creation))
        return .unsettled(problem)
    }

    private func report(
        _ creation: CreationRecord, failure: DirectoryFailure, _ message: StaticString
    ) {
        log.warning(
            message,
            facts: facts(creation).merging(["gatehouse.reason": .string(failure.code)]) { $1 }
        )
    }

    /// Identifiers only: no name of a person or an organization.
    func facts(_ creation: CreationRecord) -> [String: LogValue] {
        var facts: [String: LogValue] = [
            "gatehouse.creation": .string(creation.id.text),
            "gatehouse.creation.state": .string(creation.state.rawValue),
            "enduser.id": .string(creation.user.text),
        ]
        if let organization = creation.organization {
            facts["gatehouse.organization"] = .string(organization.text)
        }
        return facts
    }
}
