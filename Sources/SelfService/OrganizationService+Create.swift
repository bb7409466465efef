import Cryptography
import PolicyEngine
import Store
import Telemetry
import Values

extension OrganizationService {
    /// How long the answer to a request with an idempotency key is kept.
    static let keptSeconds: Int64 = 86_400
    /// How long a request without one is taken for a repetition of the last one with that name.
    static let guardSeconds: Int64 = 30

    /// `POST /organizations`: validate, ask the rules, claim the request, lock the user, carry out.
    func create(
        _ request: ActionRequest, _ verdict: ActionVerdict
    ) async throws(Problem) -> ActionResult {
        guard request.principal.kind == .user else { throw Problem(.creationNotAllowed) }
        try checkAccountToken(request.principal)
        _ = try QueryParameters(request.query, names: [])
        let key = try Self.clientKey(request)
        let draft = try OrganizationDraft.read(request)
        guard verdict == .allowed else { throw Problem(.creationNotAllowed) }
        try await checkReadiness()
        let claim = claim(request, draft: draft, key: key)
        return try await carryOut(claim, draft: draft, isWanted: key != nil, request)
    }

    /// The client's own key, if it sent one.
    private static func clientKey(_ request: ActionRequest) throws(Problem) -> String? {
        guard let key = request.idempotencyKeys.first else { return nil }
        guard request.idempotencyKeys.count == 1, (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Problem(.idempotencyKeyInvalid) }
        return key
    }

    private func checkReadiness() async throws(Problem) {
        if !readiness.isChecked { await readiness.check() }
        guard readiness.degradation == nil else { throw Problem(.selfServiceDegraded) }
        guard readiness.isChecked else { throw Problem(.upstreamUnavailable) }
    }

    private func claim(
        _ request: ActionRequest, draft: OrganizationDraft, key: String?
    ) -> IdempotencyClaim {
        let user = request.principal.id.text
        let name: IdempotencyKey
        if let key {
            name = IdempotencyKey(
                scope: "org.create \(user)", digest: SHA256.hash(Array(key.utf8))
            )
        } else {
            name = IdempotencyKey(
                scope: "org.create.name \(user)",
                digest: SHA256.hash(Array(draft.normalizedName.utf8))
            )
        }
        return IdempotencyClaim(
            key: name, fingerprint: key == nil ? [] : SHA256.hash(draft.canonical),
            creation: CreationID(Base64URL.encode(surroundings.randomBytes(16))),
            expires: request.receivedAt.advanced(bySeconds: Self.keptSeconds)
        )
    }

    /// A request with a key of its own is told at once that the same is under way; one without
    /// waits its turn, and then gets the answer to the first.
    private func carryOut(
        _ claim: IdempotencyClaim, draft: OrganizationDraft, isWanted: Bool,
        _ request: ActionRequest
    ) async throws(Problem) -> ActionResult {
        let user = request.principal.id
        if isWanted { try take(claim) }
        let result: Result<ActionResult, Problem>? = await locks.holding(user) {
            do throws(Problem) {
                if !isWanted { try take(claim) }
                defer { if !isWanted { underWay.giveBack(claim.key) } }
                return .success(
                    try await carryOutAlone(claim, draft: draft, isWanted: isWanted, user)
                )
            } catch {
                return .failure(error)
            }
        }
        if isWanted { underWay.giveBack(claim.key) }
        guard let result else { throw Problem(.overloaded) }
        return try result.get()
    }

    private func take(_ claim: IdempotencyClaim) throws(Problem) {
        switch underWay.take(claim.key, fingerprint: claim.fingerprint) {
        case .taken: break
        case .busy: throw Problem(.idempotencyInProgress)
        case .busyWithOther: throw Problem(.idempotencyKeyReused)
        }
    }

    private func carryOutAlone(
        _ claim: IdempotencyClaim, draft: OrganizationDraft, isWanted: Bool, _ user: UserID
    ) async throws(Problem) -> ActionResult {
        let now = surroundings.now()
        let fresh = CreationRecord(
            id: claim.creation, user: user, name: draft.name, key: claim.key, isWanted: isWanted,
            now: now
        )
        switch try await begin(claim, fresh: fresh, now: now) {
        case .answered(let answer):
            var headers = answer.headers
            headers.append("Idempotent-Replayed", "true")
            return ActionResult(status: answer.status, headers: headers, body: answer.body)
        case .begun(let creation, let isNew):
            let end = await saga.carryOn(creation, draft: draft, isNew: isNew)
            return try await conclude(creation, end, now: surroundings.now())
        }
    }

    /// What the store says about a claim.
    private enum Beginning: Sendable {
        case answered(StoredAnswer)
        case begun(CreationRecord, isNew: Bool)
    }

    /// INVARIANT: nothing is asked of Logto before claim and creation are on the disk.
    private func begin(
        _ claim: IdempotencyClaim, fresh: CreationRecord, now: UnixTime
    ) async throws(Problem) -> Beginning {
        let beginning: Beginning?
        do throws(StoreFailure) {
            beginning = try await store.perform { database throws(StoreFailure) in
                var outcome = try database.begin(claim, now: now)
                if case .resume(let id) = outcome {
                    if let creation = try database.creation(id), !creation.state.isSettled {
                        return .begun(creation, isNew: false)
                    }
                    // The creation came to nothing and only its claim is left.
                    try database.abandon(claim.key)
                    outcome = try database.begin(claim, now: now)
                }
                switch outcome {
                case .fresh:
                    try database.insert(fresh)
                    return .begun(fresh, isNew: true)
                case .replay(let answer): return .answered(answer)
                case .differentPayload, .resume: return nil
                }
            }
        } catch {
            report(error)
            throw Problem(.storeUnavailable)
        }
        guard let beginning else { throw Problem(.idempotencyKeyReused) }
        return beginning
    }

    /// The saga over this service's directory and store.
    var saga: OrganizationCreation {
        OrganizationCreation(
            directory: directory, store: store, creatorRole: configuration.creatorRole,
            surroundings: surroundings, log: log
        )
    }

    /// Writes how a creation ended and makes its answer.
    ///
    /// INVARIANT: a success is answered only when the store has it (C1, C2).
    func conclude(
        _ creation: CreationRecord, _ end: CreationEnd, now: UnixTime
    ) async throws(Problem) -> ActionResult {
        switch end {
        case .complete(let organization, let roles):
            let result = OrganizationAnswer.created(
                organization, roles: roles, routes: configuration.routes
            )
            var finished = creation
            finished.organization = organization.id
            finished.state = .finished
            finished.updated = now
            try await keep(finished, result, now: now)
            log.info("organization created", facts: saga.facts(finished))
            return result
        case .undone(let problem):
            do throws(StoreFailure) {
                try await store.perform { database throws(StoreFailure) in
                    try database.abandon(creation.key)
                }
            } catch { report(error) }
            readiness.noticed(problem)
            throw problem
        case .unsettled(let problem):
            readiness.noticed(problem)
            throw problem
        }
    }

    private func keep(
        _ finished: CreationRecord, _ result: ActionResult, now: UnixTime
    ) async throws(Problem) {
        let answer = StoredAnswer(
            status: result.status, headers: result.headers, body: result.body
        )
        let seconds = finished.isWanted ? Self.keptSeconds : Self.guardSeconds
        do throws(StoreFailure) {
            try await store.perform { database throws(StoreFailure) in
                try database.update(finished)
                try database.finish(
                    finished.key, with: answer, expires: now.advanced(bySeconds: seconds)
                )
            }
        } catch {
            report(error)
            throw Problem(.storeUnavailable)
        }
    }

    func report(_ failure: StoreFailure) {
        log.error(
            "store failed",
            facts: [
                "gatehouse.reason": .string(failure.code),
                "gatehouse.detail": .string(failure.message),
            ]
        )
    }
}
