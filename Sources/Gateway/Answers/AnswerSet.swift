import HTTPProxy
import JOSE
import PolicyEngine
import Values

/// Words every refusal of the gateway, in one place.
///
/// What is answered often is made ready once; the rest is put together when it is needed.
final class AnswerSet: Sendable {
    private let decisions: [DecisionReason: [Int: RefusalTemplate]]
    private let gate: [GateRefusal: RefusalTemplate]

    init() {
        var decisions: [DecisionReason: [Int: RefusalTemplate]] = [:]
        for reason in DecisionReason.allCases {
            for status in Self.statuses(of: reason) {
                decisions[reason, default: [:]][status] = Self.template(reason, status, told: nil)
            }
        }
        self.decisions = decisions
        gate = Dictionary(
            uniqueKeysWithValues: GateRefusal.allCases.map { refusal in
                let problem = Problem(
                    status: refusal.status, code: refusal.rawValue, title: refusal.title,
                    detail: refusal.detail)
                return (
                    refusal,
                    RefusalTemplate(
                        problem, challenge: Self.challenge(of: refusal),
                        headers: refusal.status == 503 || refusal == .tokenStale
                            ? "Retry-After: 1\r\n" : "")
                )
            })
    }

    private static func challenge(of refusal: GateRefusal) -> RefusalTemplate.Challenge {
        switch refusal {
        case .unauthenticated: .bare
        case .tokenStale: .invalidToken
        case .tokenInQuery, .severalTokens, .malformedAuthorization: .invalidRequest
        case .keysRefreshing, .rolesUnavailable, .methodNotAllowed, .originNotAllowed, .overloaded:
            .none
        }
    }

    /// The answer to a refusal of the policy.
    func refusal(
        for decision: Decision, of policies: PolicySnapshot, id: ExchangeID, scheme: StaticString,
        host: Range<Int>, in bytes: Span<UInt8>
    ) -> Refusal {
        guard let reason = decision.reason else {
            return Refusal(status: 500, code: "internal-error")
        }
        let status = policies.status(decision)
        let told = policies.toldReason(decision)
        let ready = told == nil ? decisions[reason]?[status] : nil
        let template = ready ?? Self.template(reason, status, told: told)
        return template.refusal(id: id, scheme: scheme, host: host, in: bytes)
    }

    /// The answer to a token that is not accepted, or that cannot be judged now.
    func refusal(
        for rejection: TokenRejection, id: ExchangeID, scheme: StaticString, host: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Refusal {
        let problem = Self.problem(for: rejection)
        guard rejection.blamesToken else {
            return RefusalTemplate(problem, headers: "Retry-After: 5\r\n").refusal(id: id)
        }
        return RefusalTemplate(problem, challenge: .invalidToken)
            .refusal(id: id, scheme: scheme, host: host, in: bytes)
    }

    /// The answer to a refusal of the gate.
    func refusal(
        for refusal: GateRefusal, id: ExchangeID, scheme: StaticString, host: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Refusal {
        gate[refusal]?.refusal(id: id, scheme: scheme, host: host, in: bytes)
            ?? Refusal(status: refusal.status, code: refusal.rawValue)
    }

    /// The answer to a request that the proxy refuses by itself.
    func refusal(for fault: RequestFault, id: ExchangeID) -> Refusal {
        var refusal = RefusalTemplate(
            Self.problem(for: fault), headers: fault.status == 503 ? "Retry-After: 1\r\n" : ""
        ).refusal(id: id)
        refusal.closes = fault.status != 503 && fault.status != 405 && fault.status != 404
        return refusal
    }

    /// The answer where the upstream gave none that may be passed on.
    func refusal(for failure: UpstreamFailure, id: ExchangeID) -> Refusal {
        RefusalTemplate(
            Self.problem(for: failure), headers: failure.status == 503 ? "Retry-After: 1\r\n" : ""
        ).refusal(id: id)
    }

    // MARK: Words, for the answers and for `docs/errors.md`

    /// What is said of a token that is not accepted, or that cannot be judged now.
    static func problem(for rejection: TokenRejection) -> Problem {
        guard rejection.blamesToken else {
            return Problem(
                status: 503, code: rejection.code, title: "The token cannot be checked now",
                detail: "The keys of its issuer are not at hand. Try again in a moment.")
        }
        return Problem(
            status: 401, code: rejection.code, title: rejection.description, detail: rejection.hint)
    }

    /// What is said of a request that the proxy refuses.
    static func problem(for fault: RequestFault) -> Problem {
        Problem(
            status: fault.status, code: fault.code, title: "The request is refused",
            detail: fault.detail)
    }

    /// What is said where the upstream gave no answer.
    static func problem(for failure: UpstreamFailure) -> Problem {
        Problem(
            status: failure.status, code: failure.code, title: "The upstream gave no answer",
            detail: failure.detail)
    }

    /// The texts of a reason.
    static func texts(of reason: DecisionReason) -> (title: String, detail: String) {
        switch reason {
        case .noRoute: ("There is no such route", "Check method and path.")
        case .methodNotAllowed: ("The method is never routed", "CONNECT and TRACE are not offered.")
        case .unauthenticated:
            ("An access token is needed", "Send `Authorization: Bearer TOKEN`.")
        case .tokenNotAccepted:
            (
                "The route does not take tokens of this kind",
                "Ask for a token of the route's API resource, or of the organization."
            )
        case .noOrganization:
            (
                "The request names no organization",
                "Name exactly one in the header that the route reads."
            )
        case .organizationRequired:
            ("The token names no organization", "Ask Logto for a token with `organization_id`.")
        case .organizationPendingDeletion:
            ("The organization is about to be deleted", "Its owner can restore it.")
        case .otherOrganization:
            ("There is no such organization", "Check the organization, and whose token you send.")
        case .denied: ("The request is denied", "A rule of the service forbids it.")
        case .notPermitted:
            (
                "The caller may not do this",
                "Ask an administrator of the organization for the permission."
            )
        case .policyError:
            (
                "The request could not be judged",
                "The service's operators find the cause by the request id."
            )
        }
    }

    /// Every status that a reason can have, under any setting of a project.
    static func statuses(of reason: DecisionReason) -> [Int] {
        var all: Set<Int> = []
        for unmatched in [404, 403] {
            for deny in [403, 404] {
                for hides in [true, false] {
                    var defaults = PolicyDefaults()
                    defaults.unmatchedStatus = unmatched
                    defaults.denyStatus = deny
                    defaults.hidesOtherOrganizations = hides
                    all.insert(reason.status(defaults))
                }
            }
        }
        return all.sorted()
    }

    private static func template(
        _ reason: DecisionReason, _ status: Int, told: String?
    ) -> RefusalTemplate {
        let texts = texts(of: reason)
        let problem = Problem(
            status: status, code: reason.code, title: texts.title, detail: told ?? texts.detail)
        let challenge: RefusalTemplate.Challenge =
            switch reason {
            case .unauthenticated: .bare
            case .tokenNotAccepted: .invalidToken
            // Where a denial hides what is there (404), a challenge would show it.
            case .notPermitted: status == 403 ? .insufficientScope : .none
            case .noRoute, .methodNotAllowed, .noOrganization, .organizationRequired,
                .organizationPendingDeletion, .otherOrganization, .denied, .policyError:
                .none
            }
        return RefusalTemplate(problem, challenge: challenge)
    }
}
