import Transport
import Values

/// An exchange that goes on carries its decision, which is looked at again: when the token ends, and
/// when something changes that it rests on.
extension Exchange {
    /// How often a review may stay without an outcome, one for each sweep, before the exchange ends.
    private static var mostUndecidedReviews: Int { 50 }

    /// Keeps what a review needs: the head as it came.
    func keepForReview(_ request: borrowing NormalizedRequest, in bytes: Span<UInt8>) {
        reviewedHead.removeAll()
        reviewedHead.append(bytes, 0..<request.end)
        undecidedReviews = 0
        if let time = proxy.edits.reviewAt { proxy.reviews.set(slot, to: time) }
    }

    /// Asks the gate again.
    func review() {
        guard case .forwarding = phase, !reviewedHead.isEmpty, let client else { return }
        switch reviewed(of: client) {
        case .stands(let until):
            undecidedReviews = 0
            reviewAt(until)
        case .undecided where undecidedReviews < Self.mostUndecidedReviews:
            undecidedReviews += 1
            reviewAt(proxy.loop.now.monotonic)
        case .undecided:
            end(with: proxy.gate.refusal(for: .overloaded, requestID: id))
        case .ends(let refusal):
            end(with: refusal)
        }
    }

    private func reviewed(of client: DownstreamConnection) -> Review {
        reviewedHead.withSpan { bytes in
            do throws(RequestFault) {
                guard
                    try HeadScanner.scan(
                        bytes, limits: proxy.configuration.limits.head, into: &proxy.head)
                else { throw .malformed(.requestLine) }
                let request = try NormalizedRequest.normalize(
                    &proxy.head, in: bytes, protected: proxy.gate.protectedHeaders,
                    from: client.origin, edge: proxy.edge, id: id, at: startedAt)
                let edits = proxy.edits
                edits.clear()
                edits.tag = tag
                edits.slot = slot
                edits.generation = generation
                return proxy.gate.review(request, in: bytes, edits: edits)
            } catch {
                return .ends(proxy.gate.refusal(for: error, requestID: id))
            }
        }
    }

    private func reviewAt(_ time: MonotonicTime?) {
        if let time { proxy.reviews.set(slot, to: time) } else { proxy.reviews.clear(slot) }
    }

    /// The exchange is not allowed any more: its answer is cut, or is the refusal.
    private func end(with refusal: Refusal) {
        source = .gate
        dropUpstream()
        guard status == 0 else {
            code = refusal.code
            phase = .answered
            client?.cutAnswer()
            finish(isComplete: false)
            return
        }
        give(refusal)
    }
}
