import Documents
import HTTPProxy
import Transport
import Values

extension ConfigurationDecoder {
    /// `trusted_proxies`, addresses, networks and `unix`, and `via`.
    func edge(_ top: ConfigurationSection) -> Edge {
        var ranges: [AddressRange] = []
        var trustsLocalSockets = false
        for text in top.texts("trusted_proxies") ?? [] {
            if text.isExactly("unix") {
                trustsLocalSockets = true
            } else if let range = AddressRange(text) {
                ranges.append(range)
            } else {
                report.error(
                    "wrong-value", "`\(text)` is no address and no network",
                    at: top.node("trusted_proxies")?.span ?? top.span,
                    help: "write `10.0.0.7`, `10.0.0.0/8`, with no bits behind the prefix, or "
                        + "`unix` for whoever may open a listener's socket in the file system")
            }
        }
        let trusted = AddressSet(ranges)
        var settings = EdgeSettings(trustedProxies: trusted)
        if let named = top.value(
            "via", "a name of at most 64 letters, digits, `.`, `-` and `_`",
            { EdgeSettings(trustedProxies: trusted, identifier: $0) })
        {
            settings = named
        }
        settings.trustsLocalSockets = trustsLocalSockets
        return Edge(settings: settings)
    }

    /// What is known of the neighbours.
    struct Edge {
        let settings: EdgeSettings

        /// Whether a PROXY header that a listener gets can be believed.
        func trustsSenders(to listener: SocketAddress) -> Bool {
            if case .unix = listener { return settings.trustsLocalSockets }
            return !settings.trustedProxies.isEmpty
        }
    }

    /// `listen`: at least one listener.
    func listeners(_ top: ConfigurationSection, _ edge: Edge) -> [ListenerConfiguration] {
        guard let list = top.node("listen") else {
            report.error(
                "missing-key", "`gatehouse.yaml` needs `listen`", at: top.span,
                help: "add `listen: [{address: \"0.0.0.0:8080\"}]`")
            return []
        }
        guard let elements = list.elements, !elements.isEmpty else {
            report.error("wrong-type", "`listen` is a list of at least one listener", at: list.span)
            return []
        }
        var listeners: [ListenerConfiguration] = []
        for element in elements {
            let section = ConfigurationSection(
                element, name: "listen", known: ["address", "tls", "proxy_protocol"],
                report: report)
            guard let listener = listener(section, edge) else { continue }
            if listener.address.port != 0,
                listeners.contains(where: { $0.address == listener.address })
            {
                report.error(
                    "duplicate", "`\(listener.address)` is listed twice",
                    at: section.node("address")?.span ?? section.span)
            }
            listeners.append(listener)
        }
        return listeners
    }

    private func listener(_ section: ConfigurationSection, _ edge: Edge) -> ListenerConfiguration? {
        let tls = section.section(
            "tls", known: ["certificate", "key", "certificates", "client_certificates"]
        ).map(listenerTLS)
        let takesProxyProtocol = section.boolean("proxy_protocol") ?? false
        guard section.node("address") != nil else {
            report.error("missing-key", "a listener needs `address`", at: section.span)
            return nil
        }
        guard
            let address = section.value(
                "address", "an address such as `0.0.0.0:8080`", { SocketAddress($0) })
        else { return nil }
        // SECURITY: whoever may say where a connection comes from may say anything.
        if takesProxyProtocol, !edge.trustsSenders(to: address) {
            report.error(
                "proxy-protocol-untrusted", "`proxy_protocol` needs `trusted_proxies`",
                at: section.node("proxy_protocol")?.span ?? section.span,
                help: address.port == nil
                    ? "list `unix`, if whoever may open the socket is a load balancer"
                    : "list the addresses of the load balancers that send the header")
        }
        return ListenerConfiguration(
            address: address, tls: tls, takesProxyProtocol: takesProxyProtocol)
    }

    private func listenerTLS(_ section: ConfigurationSection) -> ListenerTLSConfiguration {
        var identities: [IdentityFiles] = []
        if section.node("certificate") != nil || section.node("key") != nil
            || section.node("certificates") == nil
        {
            identities += identity(section).map { [$0] } ?? []
        }
        if let list = section.node("certificates") {
            if list.elements?.isEmpty ?? true {
                report.error(
                    "wrong-type", "`certificates` is a list of at least one certificate",
                    at: list.span, help: "write `[{certificate: FILE, key: FILE}]`")
            }
            for element in list.elements ?? [] {
                let entry = ConfigurationSection(
                    element, name: "certificates", known: ["certificate", "key"], report: report)
                identities += identity(entry).map { [$0] } ?? []
            }
        }
        let clients = section.section("client_certificates", known: ["authorities", "required"])
        return ListenerTLSConfiguration(
            identities: identities,
            clients: clients.flatMap { clients in
                let required = clients.boolean("required") ?? true
                return path(clients, "authorities", example: "client-ca.pem").map {
                    ListenerTLSConfiguration.Clients(authorities: $0, isRequired: required)
                }
            })
    }

    /// `certificate` and `key` of a section, both or an error.
    func identity(_ section: ConfigurationSection) -> IdentityFiles? {
        let certificate = path(section, "certificate", example: "tls.crt")
        let key = path(section, "key", example: "tls.key")
        guard let certificate, let key else { return nil }
        return IdentityFiles(certificate: certificate, key: key)
    }

    private func path(
        _ section: ConfigurationSection, _ key: String, example: String
    ) -> String? {
        section.requiredText(key, example: example).map(surroundings.absolute)
    }
}
