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
                    "endpoint", "issuers", "audiences", "algorithms", "leeway",
                    "max_token_lifetime", "keys", "organization_roles", "permissions_from",
                    "first_party_clients", "management", "webhook_secrets",
                ])
        else {
            report.error(
                "missing-key", "`gatehouse.yaml` needs `logto`", at: top.span,
                help: "add `logto: {endpoint: \"https://YOUR-TENANT.logto.app\"}`")
            return nil
        }
        let endpoint = endpoint(section, "endpoint", isRequired: true)
        let keys = section.section("keys", known: ["refresh", "max_stale", "cache"])
        let clients = section.texts("first_party_clients")
        let management = endpoint.flatMap { self.management(section, endpoint: $0) }
        let roles = self.roles(section)
        if roles == .live, section.node("management") == nil {
            report.error(
                "missing-key", "`organization_roles: live` needs `management`",
                at: section.node("organization_roles")?.span ?? section.span,
                help: "roles are looked up with the Management API: add its credentials")
        }
        let issuers = endpoint.map { self.issuers(section, own: $0.issuer) } ?? []
        let webhookSecrets = self.webhookSecrets(section)
        guard let endpoint else { return nil }
        return LogtoConfiguration(
            endpoint: endpoint,
            issuers: issuers,
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
            keyCache: keys?.text("cache").map(surroundings.absolute),
            roles: roles,
            permissionsFromRoles: section.value("permissions_from", "`scope` or `roles`") { text in
                text == "roles" ? true : text == "scope" ? false : nil
            } ?? false,
            firstPartyClients: Set((clients ?? []).map { ClientID($0) }),
            management: management,
            webhookSecrets: webhookSecrets)
    }

    /// The endpoint's own issuer and the further ones. The own one may be listed too, where its keys
    /// come from a file.
    private func issuers(
        _ section: ConfigurationSection, own: String
    ) -> [IssuerConfiguration] {
        var issuers = [IssuerConfiguration(issuer: own, keys: .discover)]
        guard let node = section.node("issuers") else { return issuers }
        guard let elements = node.elements else {
            report.error(
                "wrong-type", "`issuers` is a list", at: node.span,
                help: "write `[{issuer: \"https://id.example.com/oidc\", keys: same}]`")
            return issuers
        }
        var listed: [String] = []
        for element in elements {
            guard let further = issuer(element) else { continue }
            if listed.contains(where: { $0.isExactly(further.issuer) }) {
                report.error(
                    "duplicate", "`\(further.issuer)` is listed twice", at: element.span)
                continue
            }
            listed.append(further.issuer)
            guard further.issuer.isExactly(own) else {
                issuers.append(further)
                continue
            }
            if further.keys == .same {
                report.error(
                    "wrong-value", "`keys: same` of the endpoint's own issuer says nothing",
                    at: element.span, help: "write `discover` or `file:PATH`, or remove the entry")
            }
            issuers[0].keys = further.keys
        }
        return issuers
    }

    private func issuer(_ node: YAMLNode) -> IssuerConfiguration? {
        let section = ConfigurationSection(
            node, name: "issuers", known: ["issuer", "keys"], report: report)
        let text = section.requiredText("issuer", example: "https://id.example.com/oidc")
        let keys = section.value(
            "keys", "`same`, `discover` or `file:PATH`"
        ) { [surroundings] text -> IssuerConfiguration.Keys? in
            switch text {
            case "same": .same
            case "discover": .discover
            default:
                text.hasPrefix("file:") && text.utf8.count > 5
                    ? .file(surroundings.absolute(String(text.dropFirst(5)))) : nil
            }
        }
        if section.node("keys") == nil {
            report.error(
                "missing-key", "`issuers` needs `keys`", at: section.span,
                help: "add `keys: same` for another name of the same tenant, or `keys: discover`")
        }
        guard let text, let keys else { return nil }
        do throws(LogtoEndpoint.Rejection) {
            _ = try LogtoEndpoint(text)
        } catch {
            report.error(
                "wrong-value", "`\(text)` is no issuer: \(error.rawValue)",
                at: section.node("issuer")?.span ?? section.span,
                help: "write it as its tokens do: they are compared byte for byte")
            return nil
        }
        return IssuerConfiguration(issuer: text, keys: keys)
    }

    private func webhookSecrets(_ section: ConfigurationSection) -> [Secret] {
        guard let secrets = section.texts("webhook_secrets") else { return [] }
        let node = section.node("webhook_secrets")
        let span = node?.span ?? section.span
        for element in node?.elements ?? [] {
            guard let text = element.scalar?.text, !text.hasPrefix("${") else { continue }
            report.error(
                "secret-in-file", "a webhook secret stands in the file itself", at: element.span,
                help: "write `${env:NAME}` or `${file:PATH}`: this file ends up in version control")
        }
        if secrets.count > 2 {
            report.error(
                "wrong-value", "`webhook_secrets` holds two secrets at most", at: span,
                help: "the present one, and the one that replaces it")
        }
        return secrets.map { Secret($0) }
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
            "organization_roles", "`none`, `claim:NAME`, `claim-plain:NAME` or `live`"
        ) { text in
            if text == "none" { return RoleSource.none }
            if text == "live" { return .live }
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
                "management",
                known: ["client_id", "client_secret", "resource", "endpoint", "rate"])
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
        let rate = management.section("rate", known: ["requests", "per"])
        guard let clientID, let secret else { return nil }
        return ManagementConfiguration(
            clientID: clientID, clientSecret: Secret(secret),
            resource: management.text("resource") ?? endpoint.defaultManagementResource,
            endpoint: own,
            rate: (
                rate?.integer("requests", in: 1...100_000) ?? 100,
                rate?.duration("per", in: .seconds(1) ... .seconds(3600)) ?? .seconds(10)
            ))
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
