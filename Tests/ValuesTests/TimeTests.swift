import Testing
import Values

@Suite struct UnixTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-03-02T10:00:00Z", 1_772_445_600_000),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999), ("1969-12-31T23:59:59.999Z", -1),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func `RFC 3339 is written and read`(_ text: String, _ milliseconds: Int64) {
        #expect(UnixTime(milliseconds: milliseconds).rfc3339 == text)
        #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test func `every day of four centuries survives the round trip`() {
        for day in stride(from: Int64(-50_000), through: 100_000, by: 1) {
            let time = UnixTime(milliseconds: day * 86_400_000 + 12_345)
            #expect(UnixTime(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func `offsets and fractions are understood`() {
        #expect(UnixTime(rfc3339: "1970-01-01T01:30:00+01:30")?.milliseconds == 0)
        #expect(UnixTime(rfc3339: "1969-12-31T23:00:00-01:00")?.milliseconds == 0)
        #expect(UnixTime(rfc3339: "1970-01-01t00:00:00.1234567z")?.milliseconds == 123)
        #expect(UnixTime(rfc3339: "1970-01-01T00:00:00.5Z")?.milliseconds == 500)
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+1:00",
        "+970-01-01T00:00:00Z",
        "1970-01-01 00:00:00Z", "1970-00-01T00:00:00Z", "1970-01-00T00:00:00Z",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }

    @Test func `the far ends are clamped and never trap`() {
        #expect(UnixTime(seconds: .max).milliseconds == .max)
        #expect(UnixTime(seconds: .min).milliseconds == .min)
        #expect(UnixTime(seconds: 5).advanced(bySeconds: .max).milliseconds == .max)
        #expect(UnixTime(milliseconds: -1).seconds == -1)
        #expect(UnixTime(milliseconds: -1000).seconds == -1)
        #expect(UnixTime(milliseconds: .min).seconds < 0)
        #expect(UnixTime(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(UnixTime(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00Z")
    }
}

@Suite struct MonotonicTimeTests {
    @Test func `durations are added and taken at the ends of the clock`() {
        let start = MonotonicTime(nanoseconds: 100)
        #expect(start.advanced(by: .seconds(1)).nanoseconds == 1_000_000_100)
        #expect(start.advanced(by: .seconds(-1)).nanoseconds == 0)
        #expect(MonotonicTime(nanoseconds: .max).advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(start.duration(since: start.advanced(by: .milliseconds(3))) == .milliseconds(-3))
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
    }
}

@Suite struct SecretTests {
    @Test func `X10 a secret does not print`() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }
}

@Suite struct HTTPVocabularyTests {
    @Test(arguments: ["", "GE T", "GET\r", "G(T", "GÉT", "a/b", "a:b"])
    func `HTTP-24 a method is a token`(_ name: String) {
        #expect(HTTPMethod(token: name) == nil)
        #expect(HTTPMethod(token: "PROPFIND")?.name == "PROPFIND")
        #expect(HTTPMethod(token: "get") != HTTPMethod.get)
    }

    @Test func `field names are compared without case, values stay`() {
        var headers: HeaderList = ["Content-Type": "a", "X": "1", "x": "2"]
        #expect(headers["content-type"] == "a")
        #expect(headers.all("X") == ["1", "2"])
        headers.set("X", "3")
        #expect(headers.all("x") == ["3"])
        #expect(headers["\u{212A}"] == nil)
    }
}
