import FoundationEssentials
import TestSupport
import Testing

@testable import LogtoEmulator

/// One scenario after the other, so that they leave the test process room for what waits for the
/// network.
@Suite(.serialized, .enabled(if: SharedData.isPresent)) struct ReplayTests {
    /// What our own client calls.
    static let required = [
        "02-organization-create-full",
        "20-members-add",
        "32-member-roles-by-name",
        "35-member-roles-replace",
        "40-organization-role-life",
        "93-create-organization-flow",
        "94-create-organization-flow-failures",
        "95-create-organization-recover",
    ]

    /// What holds besides.
    static let further = [
        "03-organization-create-invalid-name",
        "04-organization-create-invalid-fields",
        "05-organization-text-values",
        "08-organization-custom-data-concurrent",
        "10-organization-list-pages",
        "100-organization-life-with-description",
        "103-organization-list-after-updates",
        "104-members-thirty",
        "105-members-search-by-fields",
        "106-member-roles-add-and-remove-many",
        "107-member-roles-errors-second",
        "109-jit-second",
        "110-user-second",
        "112-application-organization-second",
        "113-auth-on-other-routes",
        "117-user-of-many-organizations",
        "118-role-names-with-special-characters",
        "12-organization-search",
        "13-organization-list-featured",
        "15-organization-deleted-everywhere",
        "16-organization-methods",
        "17-organization-branding-and-color-forms",
        "22-members-search",
        "23-members-pages",
        "24-members-role-filter",
        "25-members-replace",
        "26-members-remove",
        "27-members-user-deleted",
        "28-members-suspended",
        "29-members-fields",
        "30-members-two-organizations",
        "33-member-roles-errors",
        "36-member-roles-bulk",
        "37-member-scopes",
        "38-member-role-concurrency",
        "39-member-role-race",
        "41-organization-role-create-errors",
        "42-organization-role-list",
        "43-organization-role-many-pages",
        "44-organization-scope-life",
        "46-organization-role-resource-scopes",
        "47-organization-role-in-use",
        "49-jit-email-domains",
        "51-template-parallel",
        "52-organization-role-machine",
        "53-api-resources",
        "54-global-roles-of-users",
        "56-user-create-errors",
        "57-user-duplicates",
        "58-user-search-exact-email",
        "59-user-list-pages",
        "60-user-suspend",
        "61-user-custom-data",
        "62-user-delete-cascade",
        "63-user-parallel",
        "64-user-id-forms",
        "65-user-search-for-invitation",
        "66-user-race-email-case",
        "70-application-life",
        "71-application-create-errors",
        "72-application-secrets",
        "74-application-organization",
        "76-bot-flow",
        "80-auth-header",
        "83-auth-expired",
        "89-etag-and-conditions",
        "90-query-parameters",
        "92-organization-poisoned",
        "96-parallel-members",
        "97-parallel-organizations",
        "98-role-change-flow",
        "99-parallel-demotion",
    ]

    /// Invitations, as far as no mail is sent.
    static let invitations = [
        "01-invitation-life",
        "02-invitation-defaults",
        "03-invitation-inviter",
        "04-invitation-roles",
        "05-invitation-accept-mixed-roles",
        "06-invitation-expires-at",
        "07-invitation-expires-at-second",
        "08-invitation-email-forms",
        "10-invitation-create-errors",
        "12-invitation-duplicates-second",
        "13-invitation-existing-member",
        "14-invitation-existing-member-accepts",
        "16-invitation-lists-second",
        "18-invitation-poison",
        "21-invitation-wrong-account-second",
        "22-invitation-suspended-user",
        "24-invitation-expired-second",
        "25-invitation-renew",
        "27-invitation-inviter-deleted",
        "28-invitation-accepted-user-deleted",
        "31-invitation-several-organizations",
        "33-invitation-organization-with-mfa",
        "34-invitation-id-forms",
        "36-invitation-with-user-tokens",
    ]

    /// Tokens of machines and of people.
    static let tokens = [
        "05-management-scope-for-users",
        "10-machine-global-scopes",
        "11-machine-resource-parameter",
        "12-machine-organizations-resource",
        "15-machine-body-and-grant",
        "16-machine-secrets",
        "17-machine-two-organizations",
        "22-user-refresh-reuse",
        "25-user-refresh-two-resources",
        "30-scopes-global-role-only",
        "31-scopes-organization-role-only",
        "32-scopes-two-organizations",
        "33-scopes-role-kinds",
        "35-organization-sign-in-parameters",
        "37-organization-checks-order",
        "39-organization-tokens-other-clients",
        "40-trap-reserved-resource-user",
    ]

    @Test(arguments: required + further)
    func `the Management API answers as the recorded Logto did`(_ name: String) throws {
        let (compared, differences) = try Scenario.replay("management/\(name).jsonl")
        #expect(compared > 0)
        #expect(differences == [])
    }

    @Test(arguments: invitations)
    func `invitations live as the recorded Logto's did`(_ name: String) throws {
        let (compared, differences) = try Scenario.replay("flows/\(name).jsonl")
        #expect(compared > 0)
        #expect(differences == [])
    }

    @Test(arguments: tokens)
    func `the token endpoint answers as the recorded Logto did`(_ name: String) throws {
        let (compared, differences) = try Scenario.replay(
            "tokens/\(name).jsonl", comparesAll: true)
        #expect(compared > 0)
        #expect(differences == [])
    }
}

/// Prints how many scenarios are equal; for work on the emulator.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GATEHOUSE_SURVEY"] != nil))
struct ReplaySurvey {
    @Test func `survey of all scenarios`() throws {
        for folder in ["management", "flows", "tokens"] {
            let path = "\(SharedData.root)/logto/recorded/\(folder)"
            for file in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where file.hasSuffix(".jsonl") {
                let (compared, differences) = try Scenario.replay(
                    "\(folder)/\(file)", comparesAll: folder == "tokens")
                print("SURVEY \(folder)/\(file): \(compared), \(differences.count) different")
                for difference in differences { print("  DIFF \(file): \(difference)") }
            }
        }
    }
}
