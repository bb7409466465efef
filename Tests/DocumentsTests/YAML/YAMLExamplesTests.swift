import Documents
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.isPresent)) struct YAMLExamplesTests {
    @Test func `the files of the policy language's page are read without a message`() throws {
        let bytes = try SharedData.bytes(of: "design/policy-language.md")
        let page = String(decoding: bytes, as: UTF8.self)
        let examples = page.split(separator: "\n```yaml\n").dropFirst()
            .compactMap { $0.split(separator: "\n```").first }
            .filter { $0.hasPrefix("gatehouse: 1\n") }
        #expect(examples.count >= 10)
        for (index, example) in examples.enumerated() {
            let file = SourceFile(path: "example-\(index).yaml", text: String(example))
            let diagnostics = YAMLReader.read(file).diagnostics
            #expect(
                diagnostics.isEmpty, "\(DiagnosticRenderer(files: [file]).text(diagnostics))")
        }
    }
}
