extension UnixTime {
    /// The instant as RFC 3339 in UTC: `2026-03-02T10:00:00Z`, with milliseconds where there are any.
    ///
    /// Instants before the year 0 or after 9999 are written as the nearest one that can be.
    package var rfc3339: String {
        var bytes: [UInt8] = []
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the instant as RFC 3339 in UTC, without making a string.
    package func appendRFC3339(to bytes: inout [UInt8], alwaysMilliseconds: Bool = false) {
        let clamped = min(max(milliseconds, Self.earliest), Self.latest)
        let days = Self.floorDivide(clamped, 86_400_000)
        let inDay = clamped - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)
        bytes.append(addingCapacity: 24) { output in
            Self.append(year / 100, ahead: nil, to: &output)
            Self.append(year % 100, ahead: nil, to: &output)
            Self.append(month, ahead: "-", to: &output)
            Self.append(day, ahead: "-", to: &output)
            Self.append(inDay / 3_600_000, ahead: "T", to: &output)
            Self.append(inDay / 60_000 % 60, ahead: ":", to: &output)
            Self.append(inDay / 1000 % 60, ahead: ":", to: &output)
            if alwaysMilliseconds || inDay % 1000 != 0 {
                output.append(UInt8(ascii: "."))
                output.append(Self.digit(inDay % 1000 / 100))
                Self.append(inDay % 100, ahead: nil, to: &output)
            }
            output.append(UInt8(ascii: "Z"))
        }
    }

    /// Reads RFC 3339 § 5.6, with any offset; fractions beyond milliseconds are cut off.
    package init?(rfc3339 text: String) {
        var reader = Digits(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"),
            let month = reader.number(2), (1...12).contains(month), reader.take("-"),
            let day = reader.number(2), day >= 1, day <= Self.days(inMonth: month, of: year),
            reader.take("T") || reader.take("t"),
            let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60, reader.take(":"),
            let second = reader.number(2), second < 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.take(".") {
            guard let read = reader.fraction() else { return nil }
            fraction = read
        }
        var offset: Int64 = 0
        if !(reader.take("Z") || reader.take("z")) {
            let sign: Int64 = reader.take("+") ? 1 : -1
            guard sign == 1 || reader.take("-"),
                let hours = reader.number(2), hours < 24, reader.take(":"),
                let minutes = reader.number(2), minutes < 60
            else { return nil }
            offset = sign * (hours * 60 + minutes) * 60_000
        }
        guard reader.isAtEnd else { return nil }
        let days = Self.days(fromYear: year, month: month, day: day)
        let inDay = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
        self.init(milliseconds: days * 86_400_000 + inDay - offset)
    }
}

extension UnixTime {
    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
    private static var earliest: Int64 { -62_167_219_200_000 }
    private static var latest: Int64 { 253_402_300_799_999 }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    /// Days since the epoch of a date of the proleptic Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is the last of its year.
    private static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Two digits, and the mark that stands before them.
    @inline(__always)
    private static func append(
        _ value: Int64, ahead mark: Unicode.Scalar?, to output: inout OutputSpan<UInt8>
    ) {
        if let mark { output.append(UInt8(ascii: mark)) }
        output.append(digit(value / 10))
        output.append(digit(value % 10))
    }

    @inline(__always)
    private static func digit(_ value: Int64) -> UInt8 {
        UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)
    }

    /// Reads digits and marks from the front of a text.
    private struct Digits {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ mark: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else {
                return false
            }
            position += 1
            return true
        }

        mutating func digit() -> Int64? {
            guard position < bytes.count,
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
            else { return nil }
            position += 1
            return Int64(bytes[position - 1] - UInt8(ascii: "0"))
        }

        mutating func number(_ width: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<width {
                guard let next = digit() else { return nil }
                value = value * 10 + next
            }
            return value
        }

        /// Milliseconds of a fraction of a second; at least one digit.
        mutating func fraction() -> Int64? {
            guard var value = digit() else { return nil }
            var read = 1
            while let next = digit() {
                if read < 3 {
                    value = value * 10 + next
                    read += 1
                }
            }
            while read < 3 {
                value *= 10
                read += 1
            }
            return value
        }
    }
}
