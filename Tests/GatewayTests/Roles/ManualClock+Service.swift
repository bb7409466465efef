import Logto
import TestSupport
import Values

extension ManualClock {
    /// The clock as services take it, from zero: what they give out ends at times that have passed on
    /// every machine, so that loops ask again on each request and this clock alone decides.
    var service: ServiceClock {
        ServiceClock(
            monotonic: {
                MonotonicTime(nanoseconds: self.now.nanoseconds - 1_000_000_000_000)
            },
            wall: { self.wall }, sleep: { await self.sleep($0) }, random: { 0.5 })
    }
}
