/// An instant of the wall clock: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// All arithmetic saturates: an instant made from a number that somebody else chose never traps.
package struct UnixTime: Comparable, Hashable, Sendable {
    /// Milliseconds since the epoch.
    package let milliseconds: Int64

    /// An instant by its milliseconds since the epoch.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// An instant by its seconds since the epoch; the far ends are clamped.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 {
        milliseconds >= 0
            ? milliseconds / 1000 : (milliseconds / 1000) - (milliseconds % 1000 == 0 ? 0 : 1)
    }

    package static func < (left: UnixTime, right: UnixTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instant so many seconds later, or earlier; the far ends are clamped.
    package func advanced(bySeconds delta: Int64) -> UnixTime {
        advanced(byMilliseconds: UnixTime(seconds: delta).milliseconds)
    }

    /// The instant so many milliseconds later, or earlier; the far ends are clamped.
    package func advanced(byMilliseconds delta: Int64) -> UnixTime {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return UnixTime(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }
}
