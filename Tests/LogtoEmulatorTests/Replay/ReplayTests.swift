import FoundationEssentials
import TestSupport
import Testing

@testable import LogtoEmulator

@Suite(.enabled(if: SharedData.isPresent)) struct ReplayTests {
    /// Scenarios that a client of ours depends on, and those that hold as well.
    static let equal = [
        "management/02-organization-create-full.jsonl",
        "management/20-members-add.jsonl",
        "management/32-member-roles-by-name.jsonl",
        "management/35-member-roles-replace.jsonl",
        "management/40-organization-role-life.jsonl",
        "management/93-create-organization-flow.jsonl",
        "management/94-create-organization-flow-failures.jsonl",
        "management/95-create-organization-recover.jsonl",
    ]

    @Test(arguments: equal)
    func `the emulator answers as the recorded Logto did`(_ name: String) throws {
        let (compared, differences) = try Scenario.replay(name)
        #expect(compared > 0)
        #expect(differences.isEmpty)
    }
}

/// Prints how many scenarios are equal; for work on the emulator.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GATEHOUSE_SURVEY"] != nil))
struct ReplaySurvey {
    @Test func `survey of all scenarios`() throws {
        for folder in ["management", "tokens"] {
            let path = "\(SharedData.root)/logto/recorded/\(folder)"
            for file in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where file.hasSuffix(".jsonl") {
                let (compared, differences) = try Scenario.replay("\(folder)/\(file)")
                print("SURVEY \(folder)/\(file): \(compared), \(differences.count) different")
                for difference in differences { print("  DIFF \(file): \(difference)") }
            }
        }
    }
}
