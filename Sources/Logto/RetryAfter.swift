import Outbound
import Values

/// The `Retry-After` field (RFC 9110 § 10.2.3) in its form of seconds; a date is not read, because
/// nobody who answers us sends one.
enum RetryAfter {
    /// An hour at most: a wrong number must not silence us for longer.
    static let longest = Duration.seconds(3_600)

    static func read(_ headers: HeaderList) -> Duration? {
        guard let text = headers["retry-after"], (1...10).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text)
        else { return nil }
        return min(.seconds(seconds), longest)
    }
}
