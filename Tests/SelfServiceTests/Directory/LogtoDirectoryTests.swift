import Logto
import Testing

@testable import SelfService

@Suite struct LogtoDirectoryTests {
    @Test(arguments: [
        (
            LogtoFailure.quotaExceeded(code: "subscription.limit_exceeded"),
            DirectoryFailure.quotaExceeded
        ),
        (.notFound(code: "entity.not_found"), .notFound),
        (.refused(status: 404, code: nil), .refused(code: "none")),
        (
            .unprocessable(code: LogtoCode.requireMembership),
            .refused(code: "organization.require_membership")
        ),
        (.invalidArgument("id"), .refused(code: "argument-invalid")),
        (.unauthorized, .credentialsRefused), (.forbidden, .credentialsRefused),
        (.credentialsRefused(code: "invalid_client"), .credentialsRefused),
        (.scopeMissing, .credentialsRefused),
        (.throttled(retryAfter: .seconds(9)), .throttled(retryAfterSeconds: 9)),
        (.throttled(retryAfter: .milliseconds(1)), .throttled(retryAfterSeconds: 1)),
        (.throttled(retryAfter: nil), .throttled(retryAfterSeconds: nil)),
        (.unknownOutcome(reason: "status-500"), .unknownOutcome),
        (.malformedAnswer("no id"), .unknownOutcome), (.unavailable(reason: "refused"), .notSent),
        (.cancelled, .notSent),
    ])
    func `a failure of the Management API says what may be done next`(
        _ failure: LogtoFailure, _ meaning: DirectoryFailure
    ) {
        #expect(DirectoryFailure(failure) == meaning)
    }
}
