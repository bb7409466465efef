import Documents
import Testing

@testable import LogtoEmulator

@Suite struct ScriptJSONTests {
    @Test(arguments: [
        (#"{"a":1,"a":2}"#, #"{"a":2}"#), ("\u{FEFF}[1]", "[1]"),
        (#"["😀","\n"]"#, #"["😀","\n"]"#), ("[1.0,1e2,-0.5]", "[1,100,-0.5]"),
        ("[9007199254740993]", "[9007199254740992]"), (" { } ", "{}"),
        ("[true,null]", "[true,null]"),
    ])
    func `a body is read as JavaScript reads it`(_ text: String, _ wanted: String) throws {
        let value = try ScriptJSON.read(Array(text.utf8)).value
        #expect(JSONWriter.text(value) == wanted)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{'a':1}", "[01x]", "tru", "[\"\n\"]", "[\"\\x\"]",
        "[\"\\u00zz\"]", "1 2", "[1e]", "NaN", "{\"a\":1,}",
    ])
    func `what is no JSON is refused`(_ text: String) {
        #expect(throws: ScriptJSON.Rejection.self) { try ScriptJSON.read(Array(text.utf8)) }
    }

    @Test func `a lone surrogate becomes U+FFFD and is reported`() throws {
        let read = try ScriptJSON.read(Array(#"["\ud800x"]"#.utf8))
        #expect(read.value == ["\u{FFFD}x"])
        #expect(read.hasLoneSurrogate)
    }

    @Test func `deep nesting is refused, not followed`() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: ScriptJSON.Rejection.self) { try ScriptJSON.read(text) }
    }

    @Test func `infinity is kept until it is stored`() throws {
        let value = try ScriptJSON.read(Array(#"{"x":1e400}"#.utf8)).value
        #expect(value["x"]?.doubleValue == .infinity)
        #expect(value.objectValue?.asStored["x"] == .null)
    }
}
