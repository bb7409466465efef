package import JOSE
package import Outbound
import Values

/// Fetches an issuer's keys once, by the rules and bounds of the refresher: for commands that look
/// at a tenant without serving.
package struct KeyLookup: Sendable {
    private let client: OutboundClient
    private let clock: ServiceClock

    /// A lookup through this client.
    package init(client: OutboundClient, clock: ServiceClock) {
        self.client = client
        self.clock = clock
    }

    /// The keys of an issuer from their source, as a gateway finds them.
    package func keys(
        of issuer: String, from source: KeySource
    ) async throws(KeyFetchFailure) -> (keys: KeySet, problems: [KeyProblem]) {
        try await fetch(issuer, source, known: nil)
    }

    /// The key set at an address: `https`, or `http` on this machine.
    package func keys(
        at url: String
    ) async throws(KeyFetchFailure) -> (keys: KeySet, problems: [KeyProblem]) {
        try await fetch(
            "", .discovery, known: KeySetFetcher.Known(keysURL: url, etag: nil, document: []))
    }

    private func fetch(
        _ issuer: String, _ source: KeySource, known: KeySetFetcher.Known?
    ) async throws(KeyFetchFailure) -> (keys: KeySet, problems: [KeyProblem]) {
        let fetcher = KeySetFetcher(
            issuer: issuer, source: source, client: client, settings: KeyRefreshSettings(),
            clock: clock)
        switch try await fetcher.fetch(known) {
        case .changed(_, let keys, let problems): return (keys, problems)
        case .confirmed: throw KeyFetchFailure(.empty, "the answer is empty")
        }
    }
}
