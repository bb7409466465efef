import Documents
import HTTPProxy
import PolicyEngine
import SelfService
import Transport
import Values

/// The routes that Gatehouse answers itself on its public listeners.
final class BuiltInRoutes: Sendable {
    /// The organization routes; nil where self-service has no credentials.
    let actions: ActionCalls?
    let metadata: MetadataService
    /// Logto's webhooks; nil where no secret is configured.
    let webhooks: LogtoWebhookService?

    init(
        actions: ActionCalls?, metadata: MetadataService, webhooks: LogtoWebhookService? = nil
    ) {
        self.actions = actions
        self.metadata = metadata
        self.webhooks = webhooks
    }
}

/// Self-service, its routes, and the queue by which loops reach it.
final class ActionCalls: Sendable {
    let routes: SelfServiceRoutes
    private let selfService: OrganizationService
    private let work: LocalWork

    init(routes: SelfServiceRoutes, selfService: OrganizationService, work: LocalWork) {
        self.routes = routes
        self.selfService = selfService
        self.work = work
    }

    func submit(_ request: ActionRequest, _ responder: consuming Responder) {
        work.submit(for: request.requestID, responder) { [selfService] in
            let result = await selfService.perform(request)
            return LocalResponse(status: result.status, headers: result.headers, body: result.body)
        }
    }
}

/// One call of a built-in organization route, with the caller that the gate has verified.
final class ActionCall: LocalService {
    let bodyLimit = OrganizationService.bodyLimit
    private let action: SelfServiceAction
    private let principal: PrincipalFacts
    private let calls: ActionCalls

    init(_ action: SelfServiceAction, as principal: PrincipalFacts, through calls: ActionCalls) {
        self.action = action
        self.principal = principal
        self.calls = calls
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        let call = ActionRequest(
            action: action, principal: principal, path: request.path, query: request.query,
            contentType: request.headers["Content-Type"],
            idempotencyKeys: request.headers.all("Idempotency-Key"), body: request.body,
            requestID: request.requestID, receivedAt: request.receivedAt)
        calls.submit(call, responder)
    }
}

/// The answer to a CORS preflight (Fetch standard), given before any token is looked at.
final class PreflightService: LocalService {
    let bodyLimit = 0
    private let headers: HeaderList

    init(origin: String, methods: [HTTPMethod]) {
        headers = [
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": methods.map(\.name).joined(separator: ", "),
            "Access-Control-Allow-Headers":
                "Authorization, Content-Type, Idempotency-Key, If-Match",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        ]
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        responder.answer(LocalResponse(status: 204, headers: headers))
    }
}
