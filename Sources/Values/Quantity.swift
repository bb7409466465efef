/// Durations and sizes as people write them in configuration and policies: a number with its unit.
package enum Quantity {
    /// What a duration looks like, for messages.
    package static let durationForm = "a duration such as `30s`, `5m` or `24h`"
    /// What a size looks like, for messages.
    package static let sizeForm = "a size such as `64KiB` or `1MiB`"

    /// A duration with its unit: `250ms`, `30s`, `5m`, `24h`, `8d`. Nil where it is none.
    package static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let milliseconds: Int64
        switch unit {
        case "ms": milliseconds = 1
        case "s": milliseconds = 1000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
        // A century is longer than any setting means.
        guard !overflow, product <= 3_155_760_000_000 else { return nil }
        return .milliseconds(product)
    }

    /// A size in bytes with its unit: `512B`, `64KiB`, `1MiB`, `2GiB`. Nil where it is none.
    package static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let factor: Int64
        switch unit {
        case "B": factor = 1
        case "KiB": factor = 1 << 10
        case "MiB": factor = 1 << 20
        case "GiB": factor = 1 << 30
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : Int(exactly: product)
    }

    private static func split(_ text: String) -> (Int64, Substring)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 15, let number = Int64(digits) else { return nil }
        return (number, text[digits.endIndex...])
    }
}
