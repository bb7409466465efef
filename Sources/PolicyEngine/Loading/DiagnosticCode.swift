/// The stable names of everything that can be wrong with a rule set; `docs/diagnostics.md` explains
/// each.
package enum DiagnosticCode: String, Sendable, CaseIterable {
    // The shape of files.
    case formatVersion = "format-version"
    case kindMissing = "kind-missing"
    case kindUnknown = "kind-unknown"
    case unknownKey = "unknown-key"
    case missingKey = "missing-key"
    case wrongType = "wrong-type"
    case wrongValue = "wrong-value"
    case notSupportedYet = "not-supported-yet"

    // The set of files.
    case projectMissing = "project-missing"
    case projectDuplicate = "project-duplicate"
    case vocabularyDuplicate = "vocabulary-duplicate"
    case fileNotFound = "file-not-found"
    case fileNotSelected = "file-not-selected"
    case nothingSelected = "nothing-selected"

    // Names.
    case duplicateName = "duplicate-name"
    case reservedName = "reserved-name"
    case roleCycle = "role-cycle"
    case unknownPermission = "unknown-permission"
    case unknownRole = "unknown-role"
    case unknownUpstream = "unknown-upstream"
    case unknownAudience = "unknown-audience"
    case unknownParameter = "unknown-parameter"
    case unknownRule = "unknown-rule"
    case unknownRoute = "unknown-route"
    case unknownAction = "unknown-action"
    case unknownPerson = "unknown-person"

    // Routes.
    case matchSyntax = "match-syntax"
    case hostSyntax = "host-syntax"
    case methodNotRoutable = "method-not-routable"
    case duplicateRoute = "duplicate-route"
    case routeConflict = "route-conflict"
    case routeWithoutAllow = "route-without-allow"
    case audienceRequired = "audience-required"
    case organizationMissing = "organization-missing"
    case organizationParameter = "organization-parameter"
    case organizationIgnored = "organization-ignored"
    case crossingNotListed = "crossing-not-listed"
    case crossingImpossible = "crossing-impossible"

    // Rules.
    case duplicateRule = "duplicate-rule"
    case ruleWithoutSubject = "rule-without-subject"
    case ruleNeedsOrganization = "rule-needs-organization"
    case ruleCovered = "rule-covered"
    case ruleNeverDecides = "rule-never-decides"
    case publicNarrowed = "public-narrowed"
    case publicNeedsNoOrganization = "public-needs-no-organization"
    case rolesNotConfigured = "roles-not-configured"
    case denyWithoutBecause = "deny-without-because"
    case globalScopeIsAUnion = "global-scope-is-a-union"

    // Headers.
    case headerName = "header-name"
    case headerReserved = "header-reserved"
    case headerValue = "header-value"
    case headerConflict = "header-conflict"
    case headerReadAndSet = "header-read-and-set"
    case keepWithoutEffect = "keep-without-effect"
    case templateSyntax = "template-syntax"
    case ambiguousSeparator = "ambiguous-separator"
}
