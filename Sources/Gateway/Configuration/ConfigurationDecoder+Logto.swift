import Cryptography
import Documents
import JOSE
import Logto
import Values

extension ConfigurationDecoder {
    func logto(_ top: ConfigurationSection) -> LogtoConfiguration? {
        guard
            let section = top.section(
                "logto",
                known: [
                    "endpoint", "audiences", "algorithms", "leeway", "max_token_lifetime", "keys",
                    "organization_roles", "permissions_from", "first_party_clients", "management",
                ],
                later: ["issuers", "webhook_secrets"])
        else {
            report.error(
                "missing-key", "`gatehouse.yaml` needs `logto`", at: top.span,
                help: "add `logto: {endpoint: \"https://YOUR-TENANT.logto.app\"}`")
            return nil
        }
        let endpoint = endpoint(section, "endpoint", isRequired: true)
        let keys = section.section("keys", known: ["refresh", "max_stale"], later: ["cache"])
        let clients = section.texts("first_party_clients")
        let management = endpoint.flatMap { self.management(section, endpoint: $0) }
        guard let endpoint else { return nil }
        return LogtoConfiguration(
            endpoint: endpoint,
            audiences: section.texts("audiences") ?? [],
            algorithms: algorithms(section),
            leewaySeconds: (section.duration("leeway", in: .zero ... .seconds(60)) ?? .seconds(30))
                .wholeMilliseconds / 1000,
            maxTokenLifetimeSeconds: (section.duration(
                "max_token_lifetime", in: .seconds(60) ... .seconds(366 * 86_400))
                ?? .seconds(86_400)).wholeMilliseconds / 1000,
            keyRefresh: keys?.duration("refresh", in: .seconds(10) ... .seconds(86_400))
                ?? .seconds(300),
            keyMaxStale: keys?.duration("max_stale", in: .seconds(60) ... .seconds(30 * 86_400))
                ?? .seconds(86_400),
            roles: roles(section),
            permissionsFromRoles: section.value("permissions_from", "`scope` or `roles`") { text in
                text == "roles" ? true : text == "scope" ? false : nil
            } ?? false,
            firstPartyClients: Set((clients ?? []).map { ClientID($0) }),
            management: management)
    }

    private func algorithms(_ section: ConfigurationSection) -> [SignatureAlgorithm] {
        guard let names = section.texts("algorithms") else {
            return SignatureAlgorithm.acceptedByDefault
        }
        let span = section.node("algorithms")?.span ?? section.span
        if names.isEmpty {
            report.error(
                "wrong-value", "`algorithms` is empty: no token could be accepted", at: span)
        }
        return names.compactMap { name in
            if let algorithm = SignatureAlgorithm(rawValue: name) { return algorithm }
            let known = SignatureAlgorithm.allCases.map(\.rawValue)
            let near = Suggestion.nearest(to: name, among: known)
            report.error(
                "wrong-value", "`\(name)` is no algorithm that this version verifies", at: span,
                help: near.map { "did you mean `\($0)`?" }
                    ?? "it verifies \(known.joined(separator: ", "))")
            return nil
        }
    }

    private func roles(_ section: ConfigurationSection) -> RoleSource {
        section.value(
            "organization_roles", "`none`, `claim:NAME` or `claim-plain:NAME`"
        ) { text in
            if text == "none" { return RoleSource.none }
            if text.hasPrefix("claim:"), text.utf8.count > 6 {
                return .claim(String(text.dropFirst(6)))
            }
            if text.hasPrefix("claim-plain:"), text.utf8.count > 12 {
                return .claimPlain(String(text.dropFirst(12)))
            }
            return nil
        } ?? .none
    }

    private func management(
        _ section: ConfigurationSection, endpoint: LogtoEndpoint
    ) -> ManagementConfiguration? {
        guard
            let management = section.section(
                "management", known: ["client_id", "client_secret", "resource", "endpoint"],
                later: ["rate"])
        else { return nil }
        let clientID = management.requiredText(
            "client_id", example: "${env:GATEHOUSE_LOGTO_CLIENT_ID}")
        let secret = management.requiredText(
            "client_secret", example: "${file:/run/secrets/logto}")
        if let node = management.node("client_secret"), let text = node.scalar?.text,
            !text.hasPrefix("${")
        {
            report.error(
                "secret-in-file", "`client_secret` stands in the file itself", at: node.span,
                help: "write `${env:NAME}` or `${file:PATH}`: this file ends up in version control")
        }
        let own = self.endpoint(management, "endpoint", isRequired: false) ?? endpoint
        guard let clientID, let secret else { return nil }
        return ManagementConfiguration(
            clientID: clientID, clientSecret: Secret(secret),
            resource: management.text("resource") ?? endpoint.defaultManagementResource,
            endpoint: own)
    }

    private func endpoint(
        _ section: ConfigurationSection, _ key: String, isRequired: Bool
    ) -> LogtoEndpoint? {
        let text =
            isRequired
            ? section.requiredText(key, example: "https://YOUR-TENANT.logto.app")
            : section.text(key)
        guard let text else { return nil }
        do throws(LogtoEndpoint.Rejection) {
            return try LogtoEndpoint(text)
        } catch {
            report.error(
                "wrong-value", "`\(text)` is no endpoint of Logto: \(error.rawValue)",
                at: section.node(key)?.span ?? section.span,
                help:
                    "write `https://YOUR-TENANT.logto.app`: the issuer is this address and `/oidc`")
            return nil
        }
    }
}
