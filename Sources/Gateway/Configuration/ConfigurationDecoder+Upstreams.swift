import Documents
import Transport
import Values

extension ConfigurationDecoder {
    /// `upstreams`: backends by name.
    func upstreams(_ top: ConfigurationSection) -> [UpstreamConfiguration] {
        guard let node = top.node("upstreams"), let entries = node.entries else {
            report.error(
                "missing-key", "`gatehouse.yaml` needs `upstreams`",
                at: top.node("upstreams")?.span ?? top.span,
                help: "add `upstreams: {projects: {url: \"http://projects.internal:8080\"}}`")
            return []
        }
        return entries.compactMap { entry in
            upstream(
                ConfigurationSection(
                    entry.value, name: entry.name,
                    known: [
                        "url", "tls", "strip_prefix", "add_prefix", "connect_timeout",
                        "response_timeout", "idle_timeout", "total_timeout", "connections",
                    ],
                    later: ["targets", "health"], report: report))
        }
    }

    private func upstream(_ section: ConfigurationSection) -> UpstreamConfiguration? {
        guard let text = section.requiredText("url", example: "http://127.0.0.1:8080"),
            var upstream = place(text, section)
        else { return nil }
        upstream.stripPrefix = prefix("strip_prefix", section)
        upstream.addPrefix = prefix("add_prefix", section)
        let day = Duration.seconds(86_400)
        if let time = section.duration("connect_timeout", in: .milliseconds(10)...(.seconds(60))) {
            upstream.connectTimeout = time
        }
        if let time = section.duration("response_timeout", in: .milliseconds(10)...day) {
            upstream.responseTimeout = time
        }
        if let time = section.duration("idle_timeout", in: .milliseconds(10)...day) {
            upstream.idleTimeout = time
        }
        upstream.totalTimeout = section.duration("total_timeout", in: .milliseconds(10)...(day * 7))
        if let count = section.integer("connections", in: 1...100_000) {
            upstream.connections = count
        }
        return upstream
    }

    /// Where `url` leads, and over what.
    private func place(_ text: String, _ section: ConfigurationSection) -> UpstreamConfiguration? {
        let span = section.node("url")?.span ?? section.span
        if text.utf8.starts(with: "unix:".utf8) {
            let path = surroundings.absolute(String(text.dropFirst(5)))
            guard text.utf8.count > 5, SocketAddress("unix:\(path)") != nil else {
                report.error("wrong-value", "`\(text)` is no path of a socket", at: span)
                return nil
            }
            refuseTLS(section, "`tls` is for an upstream that is reached by `https://`")
            return UpstreamConfiguration(
                name: section.name, place: .unix(path), authority: "localhost")
        }
        guard let origin = ConfigurationScalars.origin(text) else {
            report.error(
                "wrong-value",
                "`url` is `http://HOST:PORT`, `https://HOST:PORT` or `unix:/PATH`, not `\(text)`",
                at: span, help: "an upstream is a server; paths belong to the policy's routes")
            return nil
        }
        var upstream = UpstreamConfiguration(
            name: section.name, place: .host(origin.host, port: origin.port),
            authority: origin.authority)
        if origin.scheme == "https" {
            upstream.tls = upstreamTLS(section, host: origin.host)
        } else {
            refuseTLS(section, "`tls` is given, but `url` is `http://`")
        }
        return upstream
    }

    /// SECURITY: who writes `tls` believes that the connection is protected.
    private func refuseTLS(_ section: ConfigurationSection, _ message: String) {
        guard let node = section.node("tls") else { return }
        report.error(
            "tls-without-https", message, at: node.span, help: "write `url: https://…`")
    }

    private func upstreamTLS(
        _ section: ConfigurationSection, host: String
    ) -> UpstreamTLSConfiguration {
        var result = UpstreamTLSConfiguration(serverName: host)
        guard
            let tls = section.section(
                "tls", known: ["authorities", "certificate", "key", "server_name"])
        else { return result }
        result.authorities = tls.text("authorities").map(surroundings.absolute)
        if tls.node("certificate") != nil || tls.node("key") != nil {
            result.identity = identity(tls)
        }
        if let name = tls.value(
            "server_name", "a host name or an address",
            { text in
                ConfigurationScalars.origin("https://\(text)").flatMap {
                    $0.authority.isExactly(text) && $0.host.isExactly(text) ? text : nil
                }
            })
        {
            result.serverName = name
        }
        return result
    }

    /// A beginning of paths: empty, or `/…` without a slash at its end, in normal form.
    func prefix(_ key: String, _ section: ConfigurationSection) -> String {
        guard let node = section.node(key) else { return "" }
        let text = node.scalar?.text
        if let text, text.isEmpty { return "" }
        guard let text,
            text.hasPrefix("/") && !text.hasSuffix("/") && !text.utf8.contains(UInt8(ascii: "?"))
                && (try? PathNormalForm.check(Array(text.utf8).span)) != nil
        else {
            report.error(
                "wrong-value", "`\(key)` is empty or a path such as `/api`", at: node.span)
            return ""
        }
        return text
    }
}
