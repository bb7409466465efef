/// The way in for programs that try the decoder of chunked bodies with bytes of all kinds.
package enum ChunkedFramingProbe {
    /// What a body was read as.
    package struct Reading: Equatable, Sendable {
        /// The bytes of the body.
        package var data: [UInt8] = []
        /// The trailer lines, each `name: value`.
        package var trailers: [[UInt8]] = []
        /// Why it was refused; nil where it was not.
        package var fault: String?
        /// How many bytes stand behind the body; nil where the end did not come.
        package var rest: Int?

        /// A body that nothing was read of.
        package init() {}
    }

    /// Reads bytes that come in portions of these sizes, as a connection does: what is not consumed
    /// is given again in front of what comes next. What the portions leave over comes at last.
    package static func read(_ bytes: [UInt8], portions: [Int] = []) -> Reading {
        var decoder = ChunkedDecoder()
        var reading = Reading()
        var (start, end) = (0, 0)
        for portion in portions + [bytes.count] {
            end += max(0, min(portion, bytes.count - end))
            let span = bytes.span.extracting(start..<end)
            var offset = 0
            do throws(BodyFault) {
                while let step = try next(&decoder, span, &offset) {
                    switch step {
                    case .data(let range): reading.data.append(span, range)
                    case .trailer(let field): reading.trailers.append(line(field, in: span))
                    case .needMore: break
                    case .end:
                        reading.rest = bytes.count - start - offset
                        return reading
                    }
                }
            } catch {
                reading.fault = "\(error)"
                return reading
            }
            start += offset
        }
        return reading
    }

    /// The next step; nil where more bytes are needed.
    private static func next(
        _ decoder: inout ChunkedDecoder, _ bytes: Span<UInt8>, _ offset: inout Int
    ) throws(BodyFault) -> ChunkedDecoder.Step? {
        let step = try decoder.next(bytes, at: &offset)
        if case .needMore = step { return nil }
        return step
    }

    private static func line(_ field: FieldLine, in bytes: Span<UInt8>) -> [UInt8] {
        var line: [UInt8] = []
        line.append(bytes, field.name)
        line.append(": ")
        line.append(bytes, field.value)
        return line
    }
}
