import Documents
import HTTPProxy
import JOSE
import PolicyEngine
import Telemetry
import Transport
import Values

/// Decides every request of one loop: route, token, policy. The order is the one of
/// `docs/request-journey.md`.
///
/// Loop-confined. Snapshots are handed to it on its loop (`install`); nothing edits one in place.
final class PolicyGate: RequestGate {
    let settings: GateSettings
    let answers: AnswerSet
    let log: ExchangeLog
    let metrics: GatewayMetrics
    let builtIns: BuiltInRoutes
    var counters: Telemetry.LoopCounters
    private(set) var protectedHeaders: ProtectedHeaders

    private(set) var evaluator: PolicyEvaluator
    private var forwardRules: [ForwardRules]
    private(set) var policyVersion: UInt64
    private(set) var verifier: TokenVerifier
    let keyDemand: any KeyDemand
    let verifiers: VerifierPool
    let loop: EventLoop
    /// Where roles are asked for; there is one where `asksForRoles`.
    let roles: LiveRoles?
    let cache: TokenCache
    let revocations: RevocationTable
    var principals = PrincipalTable()
    var signatures = SignatureWaits()
    var budget = SignatureBudget()

    init(
        loop: EventLoop, settings: GateSettings, snapshots: SnapshotHub.Current,
        keyDemand: any KeyDemand, verifiers: VerifierPool, revocations: RevocationTable,
        roles: LiveRoles?, builtIns: BuiltInRoutes, answers: AnswerSet,
        log: ExchangeLog, metrics: GatewayMetrics, cacheSeed: (UInt64, UInt64)
    ) {
        self.loop = loop
        self.settings = settings
        self.answers = answers
        self.log = log
        self.metrics = metrics
        self.builtIns = builtIns
        self.keyDemand = keyDemand
        self.verifiers = verifiers
        self.revocations = revocations
        self.roles = roles
        counters = metrics.plan.makeCounters()
        evaluator = PolicyEvaluator(snapshots.policies)
        log.use(snapshots.policies)
        forwardRules = Self.forwardRules(of: snapshots.policies)
        protectedHeaders = ProtectedHeaders(names: snapshots.policies.protectedHeaderNames)
        policyVersion = snapshots.policyVersion
        verifier = TokenVerifier(trust: snapshots.trust)
        cache = TokenCache(
            capacity: settings.cachedTokens, maxBytes: settings.cachedTokenBytes, seed: cacheSeed)
    }

    /// Whether roles come from Logto, not from the token.
    var asksForRoles: Bool { verifier.trust.configuration.roles == .live }

    /// The rule set in force.
    var policies: PolicySnapshot { evaluator.snapshot }

    /// Takes newer snapshots: requests under way keep what was decided. Tokens that were verified with
    /// keys that are gone are verified again.
    func install(_ next: SnapshotHub.Current) {
        if next.trust.generation > verifier.trust.generation {
            verifier = TokenVerifier(trust: next.trust)
        }
        guard next.policyVersion > policyVersion else { return }
        policyVersion = next.policyVersion
        evaluator = PolicyEvaluator(next.policies)
        forwardRules = Self.forwardRules(of: next.policies)
        protectedHeaders = ProtectedHeaders(names: next.policies.protectedHeaderNames)
        principals.invalidate()
        log.use(next.policies)
    }

    private static func forwardRules(of policies: PolicySnapshot) -> [ForwardRules] {
        policies.obligations.map { obligations in
            ForwardRules(
                removedRequestNames: obligations.removedRequestHeaders,
                keepsAuthorization: obligations.keepsAuthorization,
                removedResponseNames: obligations.setResponseHeaders,
                timeouts: ForwardRules.Timeouts(
                    connect: obligations.traffic.connect, response: obligations.traffic.response,
                    bodyIdle: obligations.traffic.idle, total: obligations.traffic.total),
                maxBodyBytes: obligations.traffic.maxBodyBytes)
        }
    }

    /// The refusal of a request that no route matches.
    func unmatched(_ method: HTTPMethod) -> Decision { evaluator.refusalOfUnmatched(method) }

    // MARK: The question

    func admit(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Admission {
        // Before the rules: one that matches everything must not keep Logto's webhooks out.
        if let webhooks = builtIns.webhooks,
            Self.stands(LogtoWebhookService.path, at: request.path, in: bytes)
        {
            edits.tag = log.begin(request, in: bytes, again: edits.tag)
            return .handOff(webhooks)
        }
        // Read once: whatever is called could replace a property, so that each use would retain it.
        let evaluator = evaluator
        var access = AccessRequest(
            method: request.method, host: request.host, path: request.path, requestID: request.id)
        guard let match = evaluator.match(access, in: bytes) else {
            return admitUnrouted(request, in: bytes, edits: edits)
        }
        edits.tag = log.begin(request, in: bytes, again: edits.tag)
        var principal: Principal?
        if !evaluator.isPublic(match) {
            switch authenticate(request, in: bytes, edits: edits) {
            case .anonymous: break
            case .caller(let found): principal = found
            case .instead(let admission): return admission
            }
        }
        let decision = decide(match, &access, request, in: bytes, as: principal, edits)
        log.decided(edits.tag, decision, as: principal)
        guard let obligations = decision.obligations, decision.isAllowed else {
            counters.add(to: metrics.denied)
            if decision.reason == .policyError { counters.add(to: metrics.policyErrors) }
            return .refuse(
                answers.refusal(
                    for: decision, of: policies, id: request.id, scheme: request.scheme,
                    host: request.host, in: bytes))
        }
        counters.add(to: metrics.allowed)
        return .forward(to: evaluator.upstream(match), rules: forwardRules[obligations])
    }

    /// Decides about a request whose route and caller are known, and writes what the upstream gets.
    ///
    /// SECURITY: one place for `admit` and `review`, so that neither allows what the other refuses.
    func decide(
        _ match: RouteMatch, _ access: inout AccessRequest,
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, as principal: Principal?,
        _ edits: RequestEdits
    ) -> Decision {
        let evaluator = evaluator
        if evaluator.headerCount(match) > 0 { findHeaders(match, request, in: bytes) }
        let decision = evaluator.decide(match, access, in: bytes, as: principal)
        guard decision.isAllowed else { return decision }
        if evaluator.readsOrigin(match) { access.origin = RequestOrigin(request) }
        return evaluator.carryOut(
            decision, access, in: bytes, as: principal, requestLines: &edits.requestLines,
            responseLines: &edits.responseLines)
    }

    /// What the headers say that the route reads: its organization, and later its facts.
    private func findHeaders(
        _ match: RouteMatch, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>
    ) {
        for slot in 0..<evaluator.headerCount(match) {
            let name = HeaderName.normalForm(evaluator.headerName(match, slot: slot))
            let values = request.values(ofNormalForm: Array(name.utf8), in: bytes)
            evaluator.provide(
                values.isEmpty ? .absent : values.count == 1 ? .once(values[0]) : .repeated,
                slot: slot)
        }
    }

    // MARK: Who calls

    /// What is known of the caller.
    enum Caller {
        /// No token came.
        case anonymous
        case caller(Principal)
        /// The request ends, or waits, here.
        case instead(Admission)
    }

    func refuse(
        _ refusal: GateRefusal, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        _ edits: RequestEdits
    ) -> Admission {
        counters.add(to: metrics.rejectedTokens)
        log.refused(edits.tag, code: refusal.rawValue)
        return .refuse(
            answers.refusal(
                for: refusal, id: request.id, scheme: request.scheme, host: request.host,
                in: bytes))
    }

    // MARK: What the proxy refuses by itself, and the end of an exchange

    func refusal(for fault: RequestFault, requestID: ExchangeID) -> Refusal {
        answers.refusal(for: fault, id: requestID)
    }

    func refusal(for failure: UpstreamFailure, requestID: ExchangeID) -> Refusal {
        answers.refusal(for: failure, id: requestID)
    }

    func finished(_ outcome: borrowing ExchangeRecord) {
        signatures.end(outcome.id)
        metrics.count(
            status: outcome.status, microseconds: outcome.nanoseconds / 1000, in: &counters)
        log.finished(outcome)
    }
}
