import JOSE
import Logto
import Outbound
import Telemetry

/// The issuers and their keys.
extension GatewayStart {
    func initialTrust() -> TrustSnapshot {
        TrustSnapshot(
            configuration: TrustConfiguration(configuration.logto), keys: [:], generation: 1)
    }

    func keyRefresher(
        _ hub: SnapshotHub, _ outbound: OutboundClient, _ logger: Logger
    ) -> KeyRefresher {
        KeyRefresher(
            issuer: configuration.logto.endpoint.issuer, client: outbound,
            settings: KeyRefreshSettings(
                refresh: configuration.logto.keyRefresh, maxStale: configuration.logto.keyMaxStale),
            clock: .machine, metrics: metrics, logger: logger
        ) { [readiness] publication in
            await hub.replaceKeys(publication)
            readiness.note(publication.state, of: publication.issuer)
        }
    }
}
