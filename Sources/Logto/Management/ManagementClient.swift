import Documents
package import Outbound
package import Telemetry
import Values

/// Typed calls of Logto's Management API: those that Gatehouse needs, in the form in which they
/// cannot be misused.
///
/// There is no way to send somebody else's JSON, to replace the members of an organization, to
/// remove all roles by an empty list, or to follow an address that Logto answers. A call is sent
/// once; only a 401 is answered by a renewed token and one more try, because a refused call did
/// nothing.
package final class ManagementClient: Sendable {
    /// How long one call may take.
    private let deadline: Duration
    private let endpoint: LogtoEndpoint
    private let tokens: MachineTokenSource
    private let client: OutboundClient
    private let budget: RequestBudget?
    private let metrics: ManagementMetrics
    private let logger: Logger

    /// - Parameters:
    ///   - endpoint: the tenant's default domain.
    ///   - budget: learns of every call, and of every 429.
    package init(
        endpoint: LogtoEndpoint, tokens: MachineTokenSource, client: OutboundClient,
        budget: RequestBudget? = nil, deadline: Duration = .seconds(10), metrics: Metrics,
        logger: Logger
    ) {
        self.endpoint = endpoint
        self.tokens = tokens
        self.client = client
        self.budget = budget
        self.deadline = deadline
        self.metrics = ManagementMetrics(metrics)
        self.logger = logger
    }

    /// Sends a call and reads its answer.
    func perform<Answer>(
        _ call: ManagementCall,
        _ read: (OutboundResponse, ManagementCall) throws(LogtoFailure) -> Answer
    ) async throws(LogtoFailure) -> Answer {
        do throws(LogtoFailure) {
            let answer = try read(try await send(call), call)
            metrics.count(call.operation, nil)
            return answer
        } catch {
            metrics.count(call.operation, error)
            log(call, error)
            throw error
        }
    }

    /// Sends a call whose answer is JSON.
    func perform<Answer>(
        _ call: ManagementCall, json: (JSONValue) throws(AnswerFault) -> Answer
    ) async throws(LogtoFailure) -> Answer {
        try await perform(call) { (response, call) throws(LogtoFailure) in
            try Self.read(response, call, json)
        }
    }

    /// Sends a call whose answer is one page of a list.
    func performPage<Item: Sendable>(
        _ call: ManagementCall, item: (JSONValue) throws(AnswerFault) -> Item
    ) async throws(LogtoFailure) -> LogtoPage<Item> {
        try await perform(call) { (response, call) throws(LogtoFailure) in
            let items = try Self.read(response, call) { (value) throws(AnswerFault) in
                try AnswerReader.list(value, item)
            }
            return LogtoPage(items: items, total: try ManagementAnswer.total(response, call: call))
        }
    }

    private static func read<Answer>(
        _ response: OutboundResponse, _ call: ManagementCall,
        _ json: (JSONValue) throws(AnswerFault) -> Answer
    ) throws(LogtoFailure) -> Answer {
        let value = try ManagementAnswer.json(response, call: call)
        do throws(AnswerFault) {
            return try json(value)
        } catch {
            throw call.fault("no usable \(error.missing)")
        }
    }

    private func send(_ call: ManagementCall) async throws(LogtoFailure) -> OutboundResponse {
        let token = try await tokens.token()
        if !call.isPaid { budget?.spend() }
        let response = try await send(call, token)
        guard response.status == 401 else { return try checked(response, call) }
        tokens.reject(token)
        let next = try await tokens.token()
        budget?.spend()
        return try checked(try await send(call, next), call)
    }

    private func checked(
        _ response: OutboundResponse, _ call: ManagementCall
    ) throws(LogtoFailure) -> OutboundResponse {
        guard let failure = ManagementAnswer.failure(response, call: call) else { return response }
        if case .throttled(let pause) = failure { budget?.pause(for: pause) }
        throw failure
    }

    private func send(
        _ call: ManagementCall, _ token: Secret
    ) async throws(LogtoFailure) -> OutboundResponse {
        // The scheme is case-sensitive here.
        var headers: HeaderList = [
            "Authorization": "Bearer " + token.reveal(), "Accept": "application/json",
        ]
        if call.body != nil { headers.append("Content-Type", "application/json") }
        let request = OutboundRequest(
            call.method, endpoint.managementURL + call.target.text, headers: headers,
            body: call.body.map { JSONWriter.write($0) }, deadline: deadline,
            maxResponseBytes: ManagementCall.maxBytes)
        do throws(OutboundFailure) {
            return try await client.send(request)
        } catch {
            throw LogtoFailure(error, isWrite: call.isWrite)
        }
    }

    private func log(_ call: ManagementCall, _ failure: LogtoFailure) {
        var facts: [String: LogValue] = [
            "gatehouse.operation": .string(call.operation.rawValue),
            "gatehouse.reason": .string(failure.code),
        ]
        if let code = failure.logtoCode { facts["gatehouse.logto.code"] = .string(code) }
        switch failure {
        case .unauthorized, .credentialsRefused, .scopeMissing, .forbidden:
            logger.error("Logto refuses our machine application", facts: facts)
        case .refused, .malformedAnswer, .unknownOutcome, .unavailable, .throttled, .quotaExceeded:
            if case .malformedAnswer(let detail) = failure {
                facts["gatehouse.detail"] = .string(detail)
            }
            if case .refused(let status, _) = failure {
                facts["http.response.status_code"] = .integer(Int64(status))
            }
            logger.warning("management call failed", facts: facts)
        case .invalidArgument, .notFound, .unprocessable, .cancelled:
            logger.debug("management call refused", facts: facts)
        }
    }
}
