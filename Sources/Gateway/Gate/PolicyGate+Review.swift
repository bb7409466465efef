import HTTPProxy
import JOSE
import PolicyEngine
import Telemetry
import Transport
import Values

/// Exchanges that go on: what was allowed at their beginning is looked at again.
extension PolicyGate {
    /// Grows with everything that a decision rests on: rule set, keys, revocations, roles.
    ///
    /// Each of the four only grows, so that their sum changes when one of them does.
    var standing: UInt64 {
        policyVersion &+ verifier.trust.generation &+ revocations.version &+ principals.generation
    }

    /// Decides again whether the exchange would be allowed.
    ///
    /// The same route, token and rules as `admit`; nothing is added to the exchange. A change of
    /// where the route leads is none: the exchange goes on where it is.
    func review(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Review {
        var access = AccessRequest(
            method: request.method, host: request.host, path: request.path, requestID: request.id)
        guard let match = evaluator.match(access, in: bytes) else {
            return ended(unmatched(request.method), request, in: bytes, edits, as: nil)
        }
        var principal: Principal?
        if !evaluator.isPublic(match) {
            let tag = edits.tag
            // What it refuses is noted only where it ends the exchange.
            edits.tag = -1
            defer { edits.tag = tag }
            switch authenticate(request, in: bytes, edits: edits) {
            case .anonymous: break
            case .caller(let found): principal = found
            // Nobody had the time to look at the token: that says nothing about it.
            case .instead(.refuse(let refusal)) where refusal.code == Self.overloaded:
                return .undecided
            case .instead(.refuse(let refusal)):
                counters.add(to: metrics.endedStreams)
                log.refused(tag, code: refusal.code)
                return .ends(refusal)
            case .instead(.hold): return .undecided
            case .instead(.forward), .instead(.handOff): return .undecided
            }
        }
        // The lines that it writes go nowhere.
        let decision = decide(match, &access, request, in: bytes, as: principal, edits)
        guard decision.isAllowed, decision.obligations != nil else {
            return ended(decision, request, in: bytes, edits, as: principal)
        }
        return .stands(until: edits.reviewAt)
    }

    private static let overloaded = GateRefusal.overloaded.rawValue

    private func ended(
        _ decision: Decision, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        _ edits: RequestEdits, as principal: Principal?
    ) -> Review {
        counters.add(to: metrics.endedStreams)
        log.decided(edits.tag, decision, as: principal)
        return .ends(
            answers.refusal(
                for: decision, of: policies, id: request.id, scheme: request.scheme,
                host: request.host, in: bytes))
    }
}
