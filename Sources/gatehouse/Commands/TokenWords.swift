import Documents
import Values

/// What stands in a token, made fit for a terminal and for people.
enum TokenWords {
    /// A longer value is cut.
    private static let longest = 160

    /// Text of a token or a peer without anything that a terminal would obey, and not too long.
    ///
    /// SECURITY: whoever made the token chose these characters: one that moves the cursor, or turns
    /// the direction of the line, is written as its number.
    static func harmless(_ text: String, longest: Int = longest) -> String {
        var shown = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < longest else { return shown + "… (\(text.utf8.count) bytes)" }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
                .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// A value of a claim; a text without quotes.
    static func value(_ value: JSONValue) -> String {
        harmless(value.stringValue ?? JSONWriter.text(value))
    }

    /// A time, seen from another: `in 42 minutes`, `3 days ago`, `now`.
    static func relative(_ time: UnixTime, to now: UnixTime) -> String {
        let (difference, overflow) = time.seconds.subtractingReportingOverflow(now.seconds)
        guard !overflow else { return difference < 0 ? "far ahead" : "long ago" }
        if difference == 0 { return "now" }
        let length = span(difference.magnitude)
        return difference > 0 ? "in \(length)" : "\(length) ago"
    }

    /// A number of seconds in the largest unit that says enough.
    static func span(_ seconds: UInt64) -> String {
        let (number, unit): (UInt64, String) =
            switch seconds {
            case ..<120: (seconds, "second")
            case ..<7200: (seconds / 60, "minute")
            case ..<172_800: (seconds / 3600, "hour")
            case ..<(730 * 86_400): (seconds / 86_400, "day")
            default: (seconds / (365 * 86_400), "year")
            }
        return "\(number) \(unit)\(number == 1 ? "" : "s")"
    }

    /// A time claim with what it means; the bare value where it is no time.
    static func time(_ value: JSONValue, past: String, future: String, now: UnixTime) -> String {
        guard let seconds = value.integerValue ?? whole(value.doubleValue) else {
            return "\(TokenWords.value(value)), no time"
        }
        let time = UnixTime(seconds: seconds)
        let verb = time <= now ? past : future
        return "\(time.rfc3339), \(verb) \(relative(time, to: now))"
    }

    private static func whole(_ number: Double?) -> Int64? {
        number.flatMap { Int64(exactly: $0.rounded(.down)) }
    }
}
