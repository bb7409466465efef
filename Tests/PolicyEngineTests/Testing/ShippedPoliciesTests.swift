import Documents
import PolicyEngine
import Testing

@Suite struct ShippedPoliciesTests {
    @Test func `the shipped policies load without a finding`() throws {
        let files = try PolicyFixture.shipped()
        let found = PolicyCheck.check(files, environment: PolicyFixture.environment)
        #expect(DiagnosticRenderer(files: files).text(found.diagnostics) == "")
        #expect(found.snapshot != nil)
    }

    @Test func `the shipped policies pass their tests`() throws {
        let files = try PolicyFixture.shipped()
        let report = PolicyTestRunner.run(files, environment: PolicyFixture.environment)
        #expect(DiagnosticRenderer(files: files).text(report.diagnostics) == "")
        #expect(report.results.count > 90)
        #expect(report.passed, "\(report.text)")
    }

    @Test func `they pass as well where roles are known`() throws {
        let report = PolicyTestRunner.run(
            try PolicyFixture.shipped(), environment: PolicyFixture.withRoles)
        #expect(report.passed, "\(report.text)")
    }
}
