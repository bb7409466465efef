import JOSE
import Outbound
import Values

/// Fetches an issuer's keys once: discovery where it must be, then the set, revalidated by its
/// ETag; or the pinned file.
struct KeySetFetcher: Sendable {
    /// What is known from the fetch before.
    struct Known: Sendable {
        let keysURL: String
        let etag: String?
        let document: [UInt8]
    }

    enum Answer: Sendable {
        /// The set is the one that we have.
        case confirmed
        /// Another set, with what is wrong with some of its entries.
        case changed(Known, KeySet, [KeyProblem])
    }

    let issuer: String
    let source: KeySource
    let client: OutboundClient
    let settings: KeyRefreshSettings
    let clock: ServiceClock

    func fetch(_ known: Known?) async throws(KeyFetchFailure) -> Answer {
        switch source {
        case .discovery: try await ask(known)
        case .file(let path):
            try Self.read(
                try await PinnedKeyFile(path: path, maxBytes: settings.maxBytes).bytes(), path,
                known)
        }
    }

    private func ask(_ known: Known?) async throws(KeyFetchFailure) -> Answer {
        let began = clock.monotonic()
        let keysURL = if let known { known.keysURL } else { try await discover().keysURL }
        var headers: HeaderList = ["Accept": "application/jwk-set+json, application/json"]
        if let etag = known?.etag { headers.append("If-None-Match", etag) }
        let response = try await get(
            keysURL, headers, maxBytes: settings.maxBytes,
            deadline: settings.fetchDeadline - clock.monotonic().duration(since: began))
        if response.status == 304, known?.etag != nil { return .confirmed }
        try check(response, ["application/jwk-set+json", "application/json"])
        if let known, known.document == response.body { return .confirmed }
        let (keys, problems) = try Self.parse(response.body)
        let etag = response.headers["etag"].flatMap { $0.utf8.count <= 256 ? $0 : nil }
        return .changed(
            Known(keysURL: keysURL, etag: etag, document: response.body), keys, problems)
    }

    private static func read(
        _ bytes: [UInt8], _ path: String, _ known: Known?
    ) throws(KeyFetchFailure) -> Answer {
        if let known, known.document == bytes { return .confirmed }
        do throws(KeyFetchFailure) {
            let (keys, problems) = try parse(bytes)
            return .changed(Known(keysURL: path, etag: nil, document: bytes), keys, problems)
        } catch {
            throw KeyFetchFailure(error.reason, "\(path): \(error.detail)")
        }
    }

    private static func parse(
        _ document: [UInt8]
    ) throws(KeyFetchFailure) -> (keys: KeySet, problems: [KeyProblem]) {
        do throws(KeySetFailure) {
            return try KeySet.parse(document)
        } catch {
            switch error {
            case .noUsableKey(let problems):
                let first = problems.first.map { ": entry \($0.index): \($0.description)" } ?? ""
                throw KeyFetchFailure(.empty, error.description + first)
            case .tooLong, .tooManyKeys, .notJSON, .notAKeySet:
                throw KeyFetchFailure(.malformed, error.description)
            }
        }
    }

    private func discover() async throws(KeyFetchFailure) -> Discovery {
        let response = try await get(
            Discovery.url(of: issuer), ["Accept": "application/json"],
            maxBytes: Discovery.maxBytes, deadline: settings.fetchDeadline)
        try check(response, ["application/json"])
        return try Discovery(response.body, of: issuer)
    }

    private func get(
        _ url: String, _ headers: HeaderList, maxBytes: Int, deadline: Duration
    ) async throws(KeyFetchFailure) -> OutboundResponse {
        do throws(OutboundFailure) {
            return try await client.send(
                OutboundRequest(
                    .get, url, headers: headers, deadline: deadline, maxResponseBytes: maxBytes))
        } catch {
            throw KeyFetchFailure(error)
        }
    }

    private func check(
        _ response: OutboundResponse, _ types: [String]
    ) throws(KeyFetchFailure) {
        guard response.status == 200 else {
            throw KeyFetchFailure(
                .status, "status \(response.status)", retryAfter: RetryAfter.read(response.headers))
        }
        guard let type = response.mediaType, types.contains(type) else {
            throw KeyFetchFailure(.mediaType, "media type \(response.mediaType ?? "absent")")
        }
    }
}
