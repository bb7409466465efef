import JOSE
import Logto
import Outbound
import SelfService
import Store
import Telemetry
import Transport
import Values

/// What speaks to the Management API.
extension GatewayStart {
    /// The client of the Management API, and how many calls it may make.
    func management(
        _ outbound: OutboundClient, _ logger: Logger
    ) -> (client: ManagementClient, budget: RequestBudget)? {
        guard let management = configuration.logto.management else { return nil }
        let tokens = MachineTokenSource(
            MachineCredentials(
                endpoint: management.endpoint, resource: management.resource,
                clientID: ClientID(management.clientID), clientSecret: management.clientSecret),
            client: outbound, clock: .machine, logger: logger)
        let budget = RequestBudget(
            calls: management.rate.requests, per: management.rate.per, clock: options.clock,
            metrics: metrics)
        let client = ManagementClient(
            endpoint: management.endpoint, tokens: tokens, client: outbound, budget: budget,
            metrics: metrics, logger: logger)
        return (client, budget)
    }

    /// What asks for roles, with `organization_roles: live`.
    func liveRoles(
        _ management: (client: ManagementClient, budget: RequestBudget)?, _ loops: EventLoopGroup,
        _ logger: Logger
    ) -> LiveRoles? {
        guard configuration.logto.roles == .live, let (client, budget) = management else {
            return nil
        }
        return LiveRoles(
            clock: options.clock, budget: budget, metrics: metrics, logger: logger,
            invalidate: {
                await loops.broadcast { $0.attached(PolicyGate.self)?.forgetRoles() }
            },
            lookUp: LiveRoles.management(client))
    }

    func selfService(
        _ routes: SelfServiceRoutes, _ hub: SnapshotHub, _ client: ManagementClient?,
        _ store: EmbeddedStore?, _ logger: Logger
    ) -> OrganizationService? {
        guard let client, let store else { return nil }
        return OrganizationService(
            configuration: OrganizationService.Configuration(
                routes: routes, creatorRole: configuration.selfService.creatorRole),
            directory: LogtoDirectory(client),
            store: store,
            policy: { ActionVerdict(of: hub.current.policies, $0, $1) },
            surroundings: .machine,
            log: logger)
    }
}
