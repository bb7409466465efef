import HTTPProxy
import JOSE
import Transport
import Values

/// All cases of the enumerations that carry values. Each list stands beside a switch without a
/// default: a new case does not compile until somebody has been here.
enum RefusalCases {
    static let requestFaults: [RequestFault] =
        HeadFault.allCases.map { .malformed($0) }
        + PathNormalForm.Rejection.allCases.map { .pathNotNormal($0) }
        + BodyFault.allCases.map { .badBody($0) }
        + ForwardingFault.allCases.map { .forwarding($0) }
        + [
            .targetTooLong, .headTooLarge, .tooManyFields, .unknownTransferCoding,
            .unsupportedVersion, .unsupportedMethod, .unmetExpectation,
            .protectedNameInConnection, .loop, .bodyTooLarge, .headTimeout, .bodyTimeout,
            .heldTooOften, .holdTimeout, .serviceTimeout, .overloaded, .unanswered, .outsidePrefix,
        ]

    static func isListed(_ fault: RequestFault) -> Bool {
        switch fault {
        case .malformed, .pathNotNormal, .badBody, .targetTooLong, .headTooLarge, .tooManyFields,
            .unknownTransferCoding, .unsupportedVersion, .unsupportedMethod, .unmetExpectation,
            .protectedNameInConnection, .forwarding, .loop, .bodyTooLarge, .headTimeout,
            .bodyTimeout, .heldTooOften, .holdTimeout, .serviceTimeout, .overloaded, .unanswered,
            .outsidePrefix:
            true
        }
    }

    static let upstreamFailures: [UpstreamFailure] =
        [.unknown, .busy, .refused, .connectTimeout, .closedBeforeResponse, .responseTimeout]
        + ResponseFault.allCases.map { .badFraming($0) }
        + [.closedMidResponse, .stalled, .totalTimeout, .insecure(.unknownAuthority)]

    static func isListed(_ failure: UpstreamFailure) -> Bool {
        switch failure {
        case .unknown, .busy, .refused, .connectTimeout, .closedBeforeResponse, .responseTimeout,
            .badFraming, .closedMidResponse, .stalled, .totalTimeout, .insecure:
            true
        }
    }

    static let tokenRejections: [TokenRejection] =
        TokenRejection.Shape.allCases.map { .malformed($0) }
        + TokenRejection.AlgorithmFault.allCases.map { .algorithm($0) }
        + TokenRejection.HeaderFault.allCases.map { .header($0) }
        + TokenRejection.JSONFault.allCases.map { .json($0) }
        + TokenRejection.TypeFault.allCases.map { .type($0) }
        + [
            .noKeyID, .unknownKey(KeyID(""), issuer: ""), .issuerUnavailable(issuer: ""), .issuer,
        ]
        + TokenRejection.AudienceFault.allCases.map { .audience($0) } + [.reservedAudience]
        + TokenRejection.ClaimFault.allCases.map { .claims($0) }
        + [
            .expired(at: UnixTime(seconds: 0)), .notYetValid(from: UnixTime(seconds: 0)),
            .lifetime, .binding, .signature,
        ]

    static func isListed(_ rejection: TokenRejection) -> Bool {
        switch rejection {
        case .malformed, .algorithm, .header, .json, .type, .noKeyID, .unknownKey,
            .issuerUnavailable, .issuer, .audience, .reservedAudience, .claims, .expired,
            .notYetValid, .lifetime, .binding, .signature:
            true
        }
    }
}
