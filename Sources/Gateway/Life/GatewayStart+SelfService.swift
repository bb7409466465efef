import Logto
import Outbound
import SelfService
import Store
import Telemetry
import Values

/// What speaks to the Management API.
extension GatewayStart {
    func selfService(
        _ routes: SelfServiceRoutes, _ hub: SnapshotHub, _ outbound: OutboundClient,
        _ store: EmbeddedStore?, _ logger: Logger
    ) -> OrganizationService? {
        guard let management = configuration.logto.management, let store else { return nil }
        let tokens = MachineTokenSource(
            MachineCredentials(
                endpoint: management.endpoint, resource: management.resource,
                clientID: ClientID(management.clientID), clientSecret: management.clientSecret),
            client: outbound, clock: .machine, logger: logger)
        let client = ManagementClient(
            endpoint: management.endpoint, tokens: tokens, client: outbound, metrics: metrics,
            logger: logger)
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
