import TestSupport
import Testing

/// The rows of `Tests/Scenarios/pressure.py`, with the binary beside the tests.
@Suite struct PressureTests {
    private func press(_ row: String) async throws {
        let ending = try await ChildProcess.run(
            "python3", ["Tests/Scenarios/pressure.py", row, "--binary", Gatehouse.path],
            in: SourceTree.root)
        #expect(ending.code == 0, "\(ending.output)\(ending.messages)")
        print(ending.output, terminator: "")
    }

    @Test func `HTTP-38 thousands of slow clients stop nobody else`() async throws {
        try await press("HTTP-38")
    }

    @Test func `AV-11 large transfers both ways leave memory as it is`() async throws {
        try await press("AV-11")
    }

    @Test func `AV-12 clients that leave take their upstream connections along`() async throws {
        try await press("AV-12")
    }

    @Test func `AV-20 without descriptors it rests, serves who is in, and recovers`() async throws {
        try await press("AV-20")
    }

    @Test func `AV-26 SIGTERM lets uploads finish and closes idle connections`() async throws {
        try await press("AV-26")
    }
}
