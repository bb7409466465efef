import Documents
import TestSupport
import Testing

@Suite struct YAMLCaseTests {
    @Test(arguments: try CaseFile.all(in: "Tests/DocumentsTests/Cases"))
    func `the messages of a case are what its file says`(_ testCase: CaseFile) throws {
        let file = SourceFile(path: "\(testCase.name).yaml", text: testCase.input)
        let (root, diagnostics) = YAMLReader.read(file)
        #expect((root == nil) == diagnostics.containsError)
        let renderer = DiagnosticRenderer(files: [file])
        let output = renderer.text(diagnostics) + "\n" + renderer.summary(diagnostics) + "\n"
        #expect(try testCase.matches(output), "\(output)")
    }
}
