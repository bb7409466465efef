import Values

/// The `Date` line of answers, made anew once a second (RFC 9110 § 6.6.1).
struct DateLine {
    private(set) var bytes: [UInt8] = []
    private var second = Int64.min

    /// The line for an instant.
    mutating func line(at time: UnixTime) -> [UInt8] {
        let now = time.seconds
        if now != second {
            second = now
            bytes = Self.make(now)
        }
        return bytes
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func make(_ seconds: Int64) -> [UInt8] {
        // Times before 1970 or after 9999 come from a broken clock only.
        let seconds = min(max(seconds, 0), 253_402_300_799)
        let day = Int(seconds / 86_400)
        let rest = Int(seconds % 86_400)
        // The civil date of a day number; eras of 400 years, years that begin in March.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = (monthFromMarch + 2) % 12
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        var line: [UInt8] = []
        line.append(text: "Date: \(days[day % 7]), \(two(date)) \(months[month]) \(year) ")
        line.append(text: "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT\r\n")
        return line
    }

    private static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
