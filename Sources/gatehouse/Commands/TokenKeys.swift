import Gateway
import JOSE
import Logto
import Outbound
import System
import Telemetry
import Values

/// Where the keys come from that a token's signature is checked with.
struct TokenKeys {
    /// What `--keys` says: a file or an address.
    let given: String?
    /// The issuers of the configuration, the tenant's own first; none without a configuration.
    let issuers: [IssuerConfiguration]

    /// The keys for tokens of this issuer; nil where nobody said where they are.
    ///
    /// SECURITY: a token's own words never send us anywhere. Its issuer is looked up among the
    /// configured ones, and one that is not there is asked nothing.
    func find(of issuer: String?) async throws(TokenQuestion.Unanswerable) -> KeySet? {
        if let given {
            if given.hasPrefix("https://") || given.hasPrefix("http://") {
                return try await fetch { lookup in
                    await Self.result { () throws(KeyFetchFailure) in
                        try await lookup.keys(at: given)
                    }
                }
            }
            return try Self.read(given)
        }
        guard let issuer, let own = issuers.first,
            var source = issuers.first(where: { $0.issuer.isExactly(issuer) })
        else { return nil }
        if source.keys == .same { source = own }
        let name = source.issuer
        let place: KeySource =
            switch source.keys {
            case .discover, .same: .discovery
            case .file(let path): .file(path)
            }
        return try await fetch { lookup in
            await Self.result { () throws(KeyFetchFailure) in
                try await lookup.keys(of: name, from: place)
            }
        }
    }

    private typealias Found = (keys: KeySet, problems: [KeyProblem])

    private static func result(
        _ body: () async throws(KeyFetchFailure) -> Found
    ) async -> Result<Found, KeyFetchFailure> {
        do throws(KeyFetchFailure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private func fetch(
        _ body: (KeyLookup) async -> Result<Found, KeyFetchFailure>
    ) async throws(TokenQuestion.Unanswerable) -> KeySet {
        let client: OutboundClient
        do {
            client = try OutboundClient(metrics: Metrics(), clock: Clocks.monotonic)
        } catch {
            throw TokenQuestion.Unanswerable(message: "no key can be fetched: \(error)")
        }
        let result = await body(KeyLookup(client: client, clock: .machine))
        await client.shutdown()
        switch result {
        case .success(let found): return Self.noted(found)
        case .failure(let failure):
            throw TokenQuestion.Unanswerable(
                message: "the keys cannot be had: \(failure.code): "
                    + TokenWords.harmless(failure.detail),
                help: "give them as a file: --keys FILE")
        }
    }

    private static func read(_ path: String) throws(TokenQuestion.Unanswerable) -> KeySet {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try FileSystem.read(path, maxBytes: KeySet.maximumBytes)
        } catch {
            throw TokenQuestion.Unanswerable(message: "the keys cannot be read: \(error)")
        }
        do throws(KeySetFailure) {
            return noted(try KeySet.parse(bytes))
        } catch {
            var message = "`\(path)` holds no keys: \(error.description)"
            if case .noUsableKey(let problems) = error {
                for problem in problems {
                    message += "\n  entry \(problem.index): \(problem.description)"
                }
            }
            throw TokenQuestion.Unanswerable(
                message: message, help: "a key set is JSON with a list `keys`, as at {issuer}/jwks")
        }
    }

    /// The keys, once it was said which entries are none.
    private static func noted(_ found: Found) -> KeySet {
        for problem in found.problems {
            TokenQuestion.note(
                "entry \(problem.index) of the key set is not used: \(problem.description)")
        }
        return found.keys
    }
}
