import Values

extension PolicyEvaluator {
    /// Decides a request on the route that matched, in the order of policy-language § 2.
    ///
    /// - Parameters:
    ///   - principal: the caller; nil for a request without a token. A token that is present and
    ///     invalid never comes this far, unless the route is public.
    ///   - trace: where to note each step for an explanation; nil on the path of a request.
    package func decide(
        _ match: RouteMatch,
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>,
        as principal: Principal?,
        trace: DecisionTrace? = nil
    ) -> Decision {
        let route = tables.routes[match.route]
        // On a public route the token is not read: whoever calls is nobody.
        let caller = route.isPublic ? nil : principal
        if let refusal = refusal(of: caller, on: route) {
            trace?.note(.caller(refusal))
            return .refused(refusal, match: match)
        }
        let place: Decision.OrganizationPlace
        switch organization(of: route, match, access, in: bytes) {
        case .success(let found): place = found
        case .failure(let refusal):
            trace?.note(.wall(.unnamed(refusal)))
            return .refused(refusal, match: match)
        }
        if place != .none {
            if caller.map({ !$0.hasOrganization && !tables.mayCross($0, route) }) ?? false {
                trace?.note(.wall(.tokenNamesNone))
                return .refused(.organizationRequired, match: match)
            }
            if access.organizationIsPendingDeletion {
                trace?.note(.wall(.pendingDeletion))
                return .refused(.organizationPendingDeletion, match: match)
            }
        }
        let isForeign = isForeign(place, caller, in: bytes)
        trace?.note(.wall(place == .none ? .none : isForeign ? .foreign : .passed))
        if isForeign, route.crossingRule < 0 {
            return .refused(.otherOrganization, match: match)
        }
        let standing = RuleTables.Standing(
            principal: caller,
            isForeign: isForeign,
            isMember: caller.map { !$0.facts.isStranger } == true && place != .none && !isForeign,
            counts: place != .none || !(caller?.hasOrganization ?? true)
        )
        return tables.judge(route, match, place, standing, method: access.method, trace: trace)
    }

    /// Why this caller cannot be judged on the route at all; nil where they can.
    private func refusal(of caller: Principal?, on route: RuleTables.Route) -> DecisionReason? {
        guard let caller else { return route.hasPublicRule ? nil : .unauthenticated }
        // SECURITY: bits of another vocabulary mean other permissions.
        guard caller.vocabulary === vocabulary else { return .policyError }
        let isAccepted =
            caller.audience == -1
            ? route.takesOrganizationTokens
            : caller.audience >= 0 && caller.audience == Int(route.audience)
        return isAccepted ? nil : .tokenNotAccepted
    }

    private enum Place {
        case success(Decision.OrganizationPlace)
        case failure(DecisionReason)
    }

    private func organization(
        of route: RuleTables.Route,
        _ match: RouteMatch,
        _ access: borrowing AccessRequest,
        in bytes: Span<UInt8>
    ) -> Place {
        switch route.organization {
        case .none: return .success(.none)
        case .token: return .success(.token)
        case .path:
            let slot = Int(tables.patterns[match.pattern].organizationSlot)
            guard slot >= 0, slot < parameters.count,
                Self.isOrganization(parameters[slot], in: bytes)
            else {
                // No organization has such an id: the same answer as for one that does not exist.
                return .failure(.otherOrganization)
            }
            return .success(.request(parameters[slot]))
        case .header:
            guard case .once(let range) = header(slot: 0), Self.isOrganization(range, in: bytes)
            else { return .failure(.noOrganization) }
            return .success(.request(range))
        }
    }

    /// Whether the bytes can be an organization id: 1 to 64 of `A-Z a-z 0-9 _ -`.
    private static func isOrganization(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard (1...64).contains(range.count), range.upperBound <= bytes.count else { return false }
        for index in range where !bytes[index].isOrganizationByte { return false }
        return true
    }

    private func isForeign(
        _ place: Decision.OrganizationPlace,
        _ caller: Principal?,
        in bytes: Span<UInt8>
    ) -> Bool {
        switch place {
        case .none: return false
        case .token: return caller.map { !$0.hasOrganization } ?? true
        case .request(let range):
            guard let caller, caller.hasOrganization,
                caller.organizationBytes.count == range.count
            else { return true }
            for index in 0..<range.count
            where caller.organizationBytes[index] != bytes[range.lowerBound + index] {
                return true
            }
            return false
        }
    }
}
