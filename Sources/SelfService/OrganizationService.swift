import PolicyEngine
package import Store
import System
package import Telemetry
import Values

/// Carries out the built-in actions: rules first, then the invariants of each action, then Logto.
///
/// The gateway calls `perform` in a task of its own that is not cancelled when the client leaves:
/// a creation that began runs to its end.
package final class OrganizationService: Service {
    /// What the operator sets.
    package struct Configuration: Sendable {
        /// The routes under their prefix.
        package let routes: SelfServiceRoutes
        /// The role of the organization template that the creator gets; none where nil.
        package let creatorRole: String?

        /// What the operator has set.
        package init(routes: SelfServiceRoutes, creatorRole: String?) {
            self.routes = routes
            self.creatorRole = creatorRole
        }
    }

    package let name = "self-service"
    /// The largest body of any built-in route.
    package static let bodyLimit = OrganizationDraft.maxBodyBytes

    let configuration: Configuration
    let directory: any OrganizationDirectory
    let store: EmbeddedStore
    let surroundings: Surroundings
    let log: Logger
    let readiness: TemplateReadiness
    let underWay = ClaimsUnderWay()
    let locks = UserLocks()
    let stopSignal = StopSignal()
    private let policy: ActionPolicy

    /// A service over a directory and a store; `policy` asks the rules in force.
    package init(
        configuration: Configuration, directory: any OrganizationDirectory, store: EmbeddedStore,
        policy: @escaping ActionPolicy, surroundings: Surroundings, log: Logger
    ) {
        self.configuration = configuration
        self.directory = directory
        self.store = store
        self.policy = policy
        self.surroundings = surroundings
        self.log = log
        readiness = TemplateReadiness(
            directory: directory, creatorRole: configuration.creatorRole, log: log
        )
    }

    /// Why the built-in routes answer 503; nil while they work. Proxied traffic is not concerned.
    package var degradation: String? { readiness.degradation }

    /// Looks at the tenant's set-up again.
    package func check() async { await readiness.check() }

    /// Carries out one request.
    package func perform(_ request: ActionRequest) async -> ActionResult {
        guard !stopSignal.isStopped else { return Problem(.overloaded).result(for: request) }
        let verdict = policy(request.action, request.principal)
        do throws(Problem) {
            // An action that no file mentions does not exist, whoever asks and whatever is sent.
            if verdict == .notOffered { throw Problem(.notFound) }
            switch request.action {
            case .createOrganization: return try await create(request, verdict)
            case .listOrganizations: return try await list(request, verdict)
            }
        } catch {
            return error.result(for: request)
        }
    }

    private func list(
        _ request: ActionRequest, _ verdict: ActionVerdict
    ) async throws(Problem) -> ActionResult {
        try checkAccountToken(request.principal)
        let list = try OrganizationList(query: request.query)
        guard verdict == .allowed else { throw Problem(.notPermitted) }
        guard readiness.degradation == nil else { throw Problem(.selfServiceDegraded) }
        do throws(DirectoryFailure) {
            let memberships = try await directory.organizations(of: request.principal.id)
            return list.result(of: memberships, path: request.path)
        } catch {
            readiness.noticed(error)
            log.warning(
                "organizations not listed",
                facts: [
                    "gatehouse.request_id": .string(request.requestID.text),
                    "gatehouse.reason": .string(error.code),
                ]
            )
            throw OrganizationCreation.problem(ofReading: error)
        }
    }

    /// `Account` of the route table: the token of a person for the API resource. A token that names
    /// an organization speaks for what its holder may do there, and is not asked here.
    func checkAccountToken(_ principal: PrincipalFacts) throws(Problem) {
        guard principal.kind == .user, principal.organization == nil, principal.audience != nil
        else { throw Problem(.accountTokenRequired) }
    }
}
