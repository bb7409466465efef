import JOSE
import Logto
import Outbound
import System
import Telemetry
import Values

/// The issuers and their keys.
extension GatewayStart {
    func initialTrust() -> TrustSnapshot {
        TrustSnapshot(
            configuration: TrustConfiguration(configuration.logto), keys: [:], generation: 1)
    }

    /// One refresher for each issuer with keys of its own: the endpoint's, which also serves the
    /// issuers that are other names of the same tenant, and those that are asked or read themselves.
    func keyRefreshers(
        _ hub: SnapshotHub, _ outbound: OutboundClient, _ logger: Logger
    ) -> [KeyRefresher] {
        let logto = configuration.logto
        if let folder = logto.keyCache {
            // Where it cannot be made the refresher says so, at its first copy: keys come first.
            try? FileSystem.makeDirectories(folder, mode: 0o700)
        }
        let shared = logto.issuers.filter { $0.keys == .same }.map(\.issuer)
        return logto.issuers.compactMap { issuer in
            let source: KeySource
            switch issuer.keys {
            case .discover: source = .discovery
            case .file(let path): source = .file(path)
            case .same: return nil
            }
            let isOwn = issuer.issuer.isExactly(logto.endpoint.issuer)
            return KeyRefresher(
                issuer: issuer.issuer, alsoFor: isOwn ? shared : [], source: source,
                savedCopies: logto.keyCache.map { SavedKeys(folder: $0) }, client: outbound,
                settings: KeyRefreshSettings(
                    refresh: logto.keyRefresh, maxStale: logto.keyMaxStale,
                    clockLeeway: .seconds(logto.leewaySeconds)),
                clock: .machine, metrics: metrics, logger: logger
            ) { [readiness] publication in
                await hub.replaceKeys(publication)
                for issuer in publication.issuers { readiness.note(publication.state, of: issuer) }
            }
        }
    }

    /// Drops the keys of every issuer and fetches them again; what came of it, a line for each, and
    /// whether every issuer has keys again.
    static func flush(_ refreshers: [KeyRefresher]) async -> (report: String, isComplete: Bool) {
        await withTaskGroup(of: (Int, String, Bool).self) { group in
            for (index, refresher) in refreshers.enumerated() {
                group.addTask {
                    let issuer = refresher.issuer
                    switch await refresher.flush() {
                    case .fetched(let count):
                        return (index, "\(issuer): \(count) keys fetched", true)
                    case .failed(let failure):
                        let reason = "\(failure.code) \(failure.detail)"
                        return (index, "\(issuer): no keys, trying on: \(reason)", false)
                    case .notRunning: return (index, "\(issuer): the gateway is stopping", false)
                    }
                }
            }
            var lines: [(Int, String, Bool)] = []
            for await line in group { lines.append(line) }
            lines.sort { $0.0 < $1.0 }
            return (lines.map { "\($0.1)\n" }.joined(), lines.allSatisfy { $0.2 })
        }
    }
}
