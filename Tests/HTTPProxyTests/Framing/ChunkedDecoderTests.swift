import Testing

@testable import HTTPProxy

@Suite struct ChunkedDecoderTests {
    private struct Outcome: Equatable {
        var data = ""
        var trailers: [String] = []
        var isAtEnd = false
        var fault: BodyFault?
        var rest = 0
    }

    /// Decodes as a connection does: what is not consumed is given again in front of what comes
    /// next.
    private func decode(_ text: String, portions: [Int]) -> Outcome {
        let bytes = Array(text.utf8)
        var decoder = ChunkedDecoder()
        var outcome = Outcome()
        var start = 0
        var end = 0
        for portion in portions {
            end = min(end + portion, bytes.count)
            let span = bytes.span.extracting(start..<end)
            var offset = 0
            do throws(BodyFault) {
                reading: while true {
                    switch try decoder.next(span, at: &offset) {
                    case .data(let range): outcome.data += span.text(range)
                    case .trailer(let field): outcome.trailers.append(span.text(field.name))
                    case .needMore: break reading
                    case .end:
                        outcome.isAtEnd = true
                        outcome.rest = bytes.count - start - offset
                        return outcome
                    }
                }
            } catch {
                outcome.fault = error
                return outcome
            }
            start += offset
        }
        return outcome
    }

    static let bodies = [
        "5\r\nhello\r\n0\r\n\r\n",
        "5;a=b;c;d=\"x;\\\"\"\r\nhello\r\n000\r\nX: 1\r\nY:2\r\n\r\nrest",
        "a\r\n0123456789\r\nA\r\n0123456789\r\n0;x\r\n\r\n", "0\r\n\r\n", "7FFFFFFFFFFFFFFF\r\nabc",
        "FFFFFFFFFFFFFFFF\r\n", "00000000000000001\r\n", "5 \r\n", "5;\r\n", "5;a=\r\n", "5\n",
        "5\r\r", "g\r\n",
        "5\r\nhelloX", "5\r\nhello\rX", "0\r\nX\r\n\r\n", "0\r\n X: 1\r\n\r\n",
        "0\r\nX: a\rb\r\n\r\n",
        "5;a=\"b\nc\"\r\n", "5;a=\"b", "1;" + String(repeating: "a", count: 2000) + "\r\n",
        "0\r\nX: " + String(repeating: "a", count: 9000) + "\r\n\r\n",
    ]

    @Test(arguments: bodies) func `any split of the bytes decodes alike`(_ text: String) {
        let count = text.utf8.count
        let whole = decode(text, portions: [count])
        for first in 0...min(count, 300) {
            #expect(decode(text, portions: [first, count]) == whole, "split at \(first)")
        }
        #expect(decode(text, portions: [Int](repeating: 1, count: count)) == whole)
    }

    @Test func `extensions are dropped, trailers told, and the end is exact`() {
        let outcome = decode(Self.bodies[1], portions: [1000])
        #expect(outcome.data == "hello" && outcome.trailers == ["X", "Y"])
        #expect(outcome.isAtEnd && outcome.rest == 4)
    }

    @Test(arguments: [
        ("FFFFFFFFFFFFFFFF\r\n", BodyFault.chunkTooLarge),
        ("00000000000000001\r\n", .chunkTooLarge),
        ("g\r\n", .chunkSize), ("\r\n", .chunkSize), ("5\n", .chunkExtension),
        ("5\r\r", .chunkExtension),
        ("5\r\nhelloX", .chunkEnd), ("0\r\nX\r\n", .trailer),
        ("0\r\nX: " + String(repeating: "a", count: 9000) + "\r\n\r\n", .trailersTooLarge),
        ("1;" + String(repeating: "a", count: 2000) + "\r\n", .chunkExtensionTooLong),
    ])
    func `each fault has its name`(_ text: String, _ fault: BodyFault) {
        #expect(decode(text, portions: [text.utf8.count]).fault == fault)
    }
}
