import Transport
import Values

/// Which exchanges of a loop the gate must be asked about again.
struct ReviewRound {
    /// The gate's `standing` for which the round is made.
    var standing: UInt64
    /// The slot of the next exchange to look at; nil: the round is over.
    var next: Int?
}

extension ProxyLoop {
    /// How many exchanges are looked at in one sweep: what is left comes with the next, so that no
    /// request waits for thousands of them.
    private static var mostReviews: Int { 1024 }

    /// Asks about exchanges whose decision has ended, and about all where something has changed.
    func reviewExchanges() {
        var slot = 0
        var left = Self.mostReviews
        while left > 0, let due = reviews.nextPassed(from: &slot, now: loop.now.monotonic) {
            left -= 1
            reviews.clear(due)
            exchange(inSlot: due)?.review()
        }
        if reviewRound.next == nil {
            guard gate.standing != reviewRound.standing else { return }
            reviewRound = ReviewRound(standing: gate.standing, next: 0)
        }
        // A change in the middle of a round makes another: whoever was looked at before it counts.
        while left > 0, let next = reviewRound.next {
            guard let exchange = exchange(inSlot: next) else {
                reviewRound.next = nil
                return
            }
            left -= 1
            reviewRound.next = next + 1
            exchange.review()
        }
    }
}
