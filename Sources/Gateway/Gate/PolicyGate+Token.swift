import HTTPProxy
import JOSE
import Telemetry
import Transport
import Values

/// From the `Authorization` header to an accepted token: the cache, then the checks from cheap to
/// dear, then the signature.
extension PolicyGate {
    /// Finds and verifies the token.
    func authenticate(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Caller {
        if let query = request.query, BearerToken.stands(inQuery: query, of: bytes) {
            return .instead(refuse(.tokenInQuery, request, in: bytes, edits))
        }
        guard let authorization = request.authorization else { return .anonymous }
        if request.repeatsAuthorization {
            return .instead(refuse(.severalTokens, request, in: bytes, edits))
        }
        let token: Range<Int>
        switch BearerToken.locate(authorization, in: bytes) {
        case .absent: return .anonymous
        case .malformed: return .instead(refuse(.malformedAuthorization, request, in: bytes, edits))
        case .present(let range): token = range
        }
        let text = bytes.extracting(token)
        if let entry = cache.find(text, trust: verifier.trust, now: loop.now.wall) {
            return standing(of: entry, request, in: bytes, edits: edits)
        }
        // The bytes of a cached token were looked at when it came in.
        guard BearerToken.isToken(text) else {
            return .instead(refuse(.malformedAuthorization, request, in: bytes, edits))
        }
        return verify(text, request, in: bytes, edits: edits)
    }

    private func verify(
        _ text: Span<UInt8>, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        edits: RequestEdits
    ) -> Caller {
        let now = loop.now.wall
        do {
            let screened = try verifier.screen(text, now: now)
            let verified: VerifiedToken
            switch signatures.outcome(for: request.id) {
            case .checked(let other, let result) where screened.isSame(as: other):
                signatures.end(request.id)
                verified = try result.get()
            case .dropped:
                signatures.end(request.id)
                return .instead(refuse(.overloaded, request, in: bytes, edits))
            case .checked, nil:
                guard budget.allows(screened.cost, inTick: loop.counters.ticks) else {
                    return .instead(handOver(screened, request, in: bytes, edits))
                }
                counters.add(to: metrics.loopChecks)
                verified = try screened.verify()
            }
            let entry = cache.insert(text, verified, trust: verifier.trust, now: now)
            return standing(of: entry, request, in: bytes, edits: edits)
        } catch {
            return .instead(rejected(error, request, in: bytes, edits: edits))
        }
    }

    private func rejected(
        _ rejection: TokenRejection, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        edits: RequestEdits
    ) -> Admission {
        if case .unknownKey(let keyID, let issuer) = rejection {
            if edits.resumedHold != .key {
                // A key that nobody could be asked for is not one that does not exist.
                guard keyDemand.ask(for: keyID, issuer: issuer, ticket: edits.ticket) else {
                    return refuse(.overloaded, request, in: bytes, edits)
                }
                return hold(for: .key)
            } else if keyDemand.isStillLooked(for: keyID, issuer: issuer) {
                return refuse(.keysRefreshing, request, in: bytes, edits)
            }
        }
        counters.add(to: metrics.rejectedTokens)
        log.refused(edits.tag, code: rejection.code)
        return .refuse(
            answers.refusal(
                for: rejection, id: request.id, scheme: request.scheme, host: request.host,
                in: bytes))
    }

    /// Lets the request wait, and counts why.
    func hold(for cause: HoldID) -> Admission {
        counters.add(to: metrics.holds(for: cause))
        return .hold(cause)
    }
}

// MARK: - Signatures that other threads check

extension PolicyGate {
    /// Has another thread check the signature; the request waits meanwhile.
    private func handOver(
        _ token: ScreenedToken, _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>,
        _ edits: RequestEdits
    ) -> Admission {
        let ticket = edits.ticket
        guard let place = ticket.reservePlace(), let wait = signatures.begin(request.id) else {
            verifiers.countOverload()
            return refuse(.overloaded, request, in: bytes, edits)
        }
        let answer = LoopAnswer(place)
        let isTaken = verifiers.submit(token, from: request.client) { outcome in
            answer.post { loop in
                loop.attached(PolicyGate.self)?.signatureSettled(wait, outcome)
                ticket.resume(on: loop)
            }
        }
        guard isTaken else {
            signatures.end(request.id)
            return refuse(.overloaded, request, in: bytes, edits)
        }
        // After a change of keys it is looked at again: another cause, which holds once as well.
        return hold(for: wait.round == 1 ? .signature : .signatureAgain)
    }

    /// Another thread has checked a signature. What it found is kept also where the client left: it
    /// will come back.
    private func signatureSettled(_ wait: SignatureWaits.Wait, _ outcome: VerificationOutcome) {
        if case .checked(let token, .success(let verified)) = outcome,
            // SECURITY: the keys may have changed since the token was handed over.
            verifier.trust.stillTrusts(verified, checkedWith: token.trust)
        {
            cache.insert(token.bytes.span, verified, trust: verifier.trust, now: loop.now.wall)
        }
        signatures.settle(wait, outcome)
    }
}
