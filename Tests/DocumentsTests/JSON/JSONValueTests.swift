import Documents
import Testing

@Suite struct JSONValueTests {
    @Test func `members are found by their bytes`() {
        let object: JSONObject = ["K": 1, "k": 2]
        #expect(object["K"] == 1)
        #expect(object["\u{212A}"] == nil)
        #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    }

    @Test func `setting replaces, appends and removes`() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = nil
        object["d"] = 4
        object["b"] = nil
        #expect(JSONWriter.text(.object(object)) == #"{"a":3,"d":4}"#)
    }

    @Test func `objects are equal in any order, arrays are not`() {
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect(["a": 1, "b": 2] as JSONValue != ["b": 1, "a": 2])
        #expect(["a": 1] as JSONValue != ["a": 1, "b": 2])
        #expect([1, 2] as JSONValue != [2, 1])
        #expect(1 as JSONValue != 1.0)
    }
}

@Suite struct JSONWriterTests {
    @Test func `writing is compact and escapes what must be`() {
        let value: JSONValue = [
            "a": [nil, true, -5, 1.5], "q\"\\": "\u{1}\n\u{7f}\u{e9}/", "": [:],
        ]
        #expect(
            JSONWriter.text(value)
                == "{\"a\":[null,true,-5,1.5],\"q\\\"\\\\\":\"\\u0001\\n\\u007f\u{e9}/\",\"\":{}}")
        #expect(JSONWriter.text(.double(.infinity)) == "null")
    }

    @Test func `what is written is read back the same`() throws {
        var random = SeededRandom(seed: 0x5EED_0001)
        for round in 0..<2_000 {
            let value = random.json(depth: 4)
            let limits = JSONReader.Limits(allowsNUL: true)
            let back = try JSONReader.read(JSONWriter.write(value), limits: limits)
            #expect(back == value, "round \(round) of seed \(random.seed)")
        }
    }

    @Test func `mutated texts are read or refused, and what is read is stable`() {
        var random = SeededRandom(seed: 0x5EED_0002)
        for round in 0..<20_000 {
            var bytes = JSONWriter.write(random.json(depth: 3))
            for _ in 0..<random.below(4) { random.mutate(&bytes) }
            guard let value = try? JSONReader.read(bytes) else { continue }
            let again = try? JSONReader.read(JSONWriter.write(value))
            #expect(again == value, "round \(round) of seed \(random.seed)")
        }
    }
}

extension SeededRandom {
    mutating func json(depth: Int) -> JSONValue {
        switch below(depth == 0 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(truncatingIfNeeded: next()) >> Int64(below(64)))
        case 3:
            let value = Double(bitPattern: next())
            return .double(value.isFinite ? value : 0.5)
        case 4, 5: return .string(text(upTo: 12))
        case 6: return .array((0..<below(5)).map { _ in json(depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<below(16) { object[text(upTo: 3)] = json(depth: depth - 1) }
            return .object(object)
        }
    }
}
