import Documents
package import Outbound
import Synchronization
package import Telemetry
package import Values

/// The machine token for the Management API: fetched once for everybody who needs it, kept until
/// five minutes before its end, renewed once when Logto refuses it.
///
/// SECURITY: whoever holds this token owns the tenant. It leaves this module in the `Authorization`
/// field of our own calls and nowhere else; it is never logged.
package final class MachineTokenSource: Sendable {
    /// A failed fetch is answered from memory for this long: each one is counted by Logto Cloud.
    static let pause = Duration.seconds(5)

    private enum Turn {
        case use(Secret)
        case fail(LogtoFailure)
        case fetch(previous: MachineToken?)
        case wait(AsyncStream<Void>)
    }

    private struct State {
        var token: MachineToken?
        var failure: (LogtoFailure, until: MonotonicTime)?
        var isFetching = false
        var waiters: [AsyncStream<Void>.Continuation] = []
        var wasScopeMissing = false
    }

    private let credentials: MachineCredentials
    private let client: OutboundClient
    private let clock: ServiceClock
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        _ credentials: MachineCredentials, client: OutboundClient, clock: ServiceClock,
        logger: Logger
    ) {
        self.credentials = credentials
        self.client = client
        self.clock = clock
        self.logger = logger
    }

    /// A token that should be good for five more minutes.
    package func token() async throws(LogtoFailure) -> Secret {
        while true {
            switch nextTurn() {
            case .use(let token): return token
            case .fail(let failure): throw failure
            case .wait(let news):
                for await _ in news {}
                if Task.isCancelled { throw .cancelled }
            case .fetch(let previous): return try await fetch(previous)
            }
        }
    }

    /// Logto refused this token: the next call of `token` fetches another.
    package func reject(_ token: Secret) {
        state.withLock { state in
            if state.token?.value.reveal().isExactly(token.reveal()) == true { state.token = nil }
        }
    }

    private func nextTurn() -> Turn {
        let now = clock.monotonic()
        return state.withLock { state in
            if let token = state.token, now < token.renewAt { return .use(token.value) }
            // While one caller renews, the others go on with what is still good.
            let live = state.token.flatMap { now < $0.expiresAt ? $0 : nil }
            if state.isFetching {
                if let live { return .use(live.value) }
                let (stream, continuation) = AsyncStream<Void>.makeStream()
                state.waiters.append(continuation)
                return .wait(stream)
            }
            if let (failure, until) = state.failure, now < until {
                return live.map { .use($0.value) } ?? .fail(failure)
            }
            state.isFetching = true
            return .fetch(previous: live)
        }
    }

    private func fetch(_ previous: MachineToken?) async throws(LogtoFailure) -> Secret {
        let result: Result<MachineToken, LogtoFailure>
        do throws(LogtoFailure) {
            result = .success(try await request())
        } catch {
            result = .failure(error)
        }
        let now = clock.monotonic()
        let waiters = state.withLock { state in
            state.isFetching = false
            switch result {
            case .success(let token):
                state.token = token
                state.failure = nil
            case .failure(.cancelled): break
            case .failure(let failure):
                state.failure = (failure, now.advanced(by: Self.wait(failure)))
            }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
        if case .failure(let failure) = result, failure != .cancelled { log(failure) }
        if case .failure = result, let previous, now < previous.expiresAt { return previous.value }
        return try result.get().value
    }

    private func request() async throws(LogtoFailure) -> MachineToken {
        let asked = clock.monotonic()
        let pair = [credentials.clientID.text, credentials.clientSecret.reveal()]
            .map(PercentEncoding.encode).joined(separator: ":")
        let form = PercentEncoding.form([
            ("grant_type", "client_credentials"), ("resource", credentials.resource),
            ("scope", "all"),
        ])
        let request = OutboundRequest(
            .post, credentials.endpoint.tokenURL,
            headers: [
                "Authorization": "Basic " + Base64.encode(Array(pair.utf8)),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            ],
            body: Array(form.utf8), maxResponseBytes: 65_536)
        let response: OutboundResponse
        do throws(OutboundFailure) {
            response = try await client.send(request)
        } catch {
            // A token that was made and lost harms nobody: nothing was changed.
            throw LogtoFailure(error, isWrite: false)
        }
        guard response.status == 200 else { throw Self.failure(of: response) }
        guard response.mediaType == "application/json" else {
            throw .malformedAnswer("the token answer is not JSON")
        }
        return try MachineToken(response.body, asked: asked)
    }

    private static func failure(of response: OutboundResponse) -> LogtoFailure {
        switch response.status {
        case 429: return .throttled(retryAfter: RetryAfter.read(response.headers))
        case 500...599: return .unavailable(reason: "status-\(response.status)")
        case 400...499:
            guard response.mediaType == "application/json",
                let error = (try? JSONReader.read(response.body))?["error"]?.stringValue,
                let code = ManagementAnswer.code(error)
            else { return .refused(status: response.status, code: nil) }
            return .credentialsRefused(code: code)
        default: return .refused(status: response.status, code: nil)
        }
    }

    private static func wait(_ failure: LogtoFailure) -> Duration {
        if case .throttled(let after?) = failure { return max(after, pause) }
        return pause
    }

    private func log(_ failure: LogtoFailure) {
        var facts: [String: LogValue] = ["gatehouse.reason": .string(failure.code)]
        if let code = failure.logtoCode { facts["gatehouse.logto.code"] = .string(code) }
        switch failure {
        case .scopeMissing:
            logger.error(
                "machine token without scope: the application lacks Logto Management API access",
                facts: facts)
        case .credentialsRefused:
            logger.error("client credentials refused by Logto", facts: facts)
        default:
            logger.warning("no machine token", facts: facts)
        }
    }
}
