import FoundationEssentials

/// A test case as a file: what is put in, a line of equals signs, and what must come out.
///
/// `UPDATE_CASES=1` makes the tests write what came out into the files; the review reads the difference.
package struct CaseFile: Sendable, CustomStringConvertible {
    /// The name of the file without its ending.
    package let name: String
    /// What stands above the line.
    package let input: String
    /// What stands below the line.
    package let expected: String
    private let path: String

    private static let line = "\n=====\n"

    /// The cases in a folder of the repository, by name.
    package static func all(in folder: String) throws -> [CaseFile] {
        try FileManager.default.contentsOfDirectory(atPath: "\(SourceTree.root)/\(folder)")
            .filter { $0.hasSuffix(".case") }
            .sorted()
            .map { try CaseFile(path: "\(folder)/\($0)") }
    }

    private init(path: String) throws {
        self.path = path
        name = String(path.split(separator: "/").last?.dropLast(5) ?? "")
        let text = try SourceTree.text(of: path)
        if let line = text.firstRange(of: Self.line) {
            input = text[..<line.lowerBound] + "\n"
            expected = String(text[line.upperBound...])
        } else {
            input = text
            expected = ""
        }
    }

    package var description: String { name }

    /// Whether `output` is what must come out. With `UPDATE_CASES=1` it is written there instead.
    package func matches(_ output: String) throws -> Bool {
        guard ProcessInfo.processInfo.environment["UPDATE_CASES"] == "1" else {
            return output.utf8.elementsEqual(expected.utf8)
        }
        let text = input.dropLast() + Self.line + output
        try Data(text.utf8).write(to: URL(filePath: "\(SourceTree.root)/\(path)"))
        return true
    }
}
