import Values

extension OrganizationCreation {
    /// What the client learns when the organization could not be created.
    static func problem(ofCreation failure: DirectoryFailure) -> Problem {
        switch failure {
        case .quotaExceeded: Problem(.quotaExceeded)
        case .credentialsRefused: Problem(.selfServiceDegraded)
        case .notFound, .refused: Problem(.upstreamRefused)
        case .throttled(let seconds): Problem(.upstreamUnavailable, retryAfterSeconds: seconds)
        case .notSent, .unknownOutcome: Problem(.upstreamUnavailable)
        }
    }

    /// What the client learns when the creator could not be made a member with the role.
    static func problem(ofCompletion failure: DirectoryFailure) -> Problem {
        switch failure {
        case .quotaExceeded: Problem(.seatLimitReached)
        case .credentialsRefused: Problem(.selfServiceDegraded)
        case .refused("entity.relation_foreign_key_not_found"): Problem(.accountNotFound)
        case .refused("organization.require_membership"): Problem(.notAMember)
        // The template lacks the creator role, or it is a role for machines.
        case .refused("organization.role_names_not_found"),
            .refused("entity.db_constraint_violated"):
            Problem(.selfServiceDegraded)
        case .notFound, .refused: Problem(.upstreamUnavailable)
        case .throttled(let seconds): Problem(.upstreamUnavailable, retryAfterSeconds: seconds)
        case .notSent, .unknownOutcome: Problem(.upstreamUnavailable)
        }
    }

    /// What the client learns when a list could not be read.
    static func problem(ofReading failure: DirectoryFailure) -> Problem {
        switch failure {
        case .notFound: Problem(.accountNotFound)
        case .credentialsRefused: Problem(.selfServiceDegraded)
        case .quotaExceeded, .refused: Problem(.upstreamRefused)
        case .throttled(let seconds): Problem(.upstreamUnavailable, retryAfterSeconds: seconds)
        case .notSent, .unknownOutcome: Problem(.upstreamUnavailable)
        }
    }
}
