package import Documents
import JOSE
import Transport
import Values

/// Reads `gatehouse.yaml` into a `GatewayConfiguration`, or says everything that is wrong with it.
package struct ConfigurationDecoder {
    let report: ConfigurationReport
    let surroundings: ConfigurationSurroundings

    private init(_ surroundings: ConfigurationSurroundings) {
        report = ConfigurationReport(surroundings)
        self.surroundings = surroundings
    }

    /// Decodes one file; nil with at least one error where it cannot be used.
    package static func decode(
        _ file: SourceFile, surroundings: ConfigurationSurroundings
    ) -> (configuration: GatewayConfiguration?, diagnostics: [Diagnostic]) {
        let decoder = ConfigurationDecoder(surroundings)
        let (root, found) = YAMLReader.read(file)
        decoder.report.add(found)
        guard let root, !found.containsError else { return (nil, found) }
        let configuration = decoder.gateway(root)
        let diagnostics = decoder.report.diagnostics
        return (diagnostics.containsError ? nil : configuration, diagnostics)
    }

    private func gateway(_ root: YAMLNode) -> GatewayConfiguration? {
        let top = ConfigurationSection(
            root, name: "gatehouse.yaml",
            known: [
                "gatehouse", "kind", "listen", "admin", "threads", "logto", "upstreams", "policies",
                "self_service", "store", "limits", "log", "trusted_proxies", "via",
                "shutdown",
            ],
            report: report)
        version(of: top)
        let edge = edge(top)
        let listeners = listeners(top, edge)
        let admin = top.value("admin", "an address such as `127.0.0.1:9901`") { SocketAddress($0) }
        let threads = threads(top)
        let logto = logto(top)
        let upstreams = upstreams(top)
        let policies = top.requiredText("policies", example: "policies")
        let configuration = logto.map { logto in
            GatewayConfiguration(
                listeners: listeners,
                admin: admin ?? SocketAddress.loopback(port: 9901),
                edge: edge.settings,
                threads: threads,
                logto: logto,
                upstreams: upstreams,
                policies: surroundings.absolute(policies ?? "policies"),
                selfService: selfService(top),
                storePath: store(top),
                limits: limits(top),
                logs: logs(top),
                shutdown: shutdown(top))
        }
        if let admin, admin.port != 0, listeners.contains(where: { $0.address == admin }) {
            report.error(
                "admin-is-public", "`admin` is also a public listener",
                at: top.node("admin")?.span ?? root.span,
                help: "give the admin listener an address of its own, on loopback")
        }
        return configuration
    }

    private func version(of top: ConfigurationSection) {
        guard let version = top.node("gatehouse") else {
            report.error(
                "missing-key", "the file does not say its format", at: top.span,
                help: "begin it with `gatehouse: 1`")
            return
        }
        if version.scalar?.asInteger != 1 {
            report.error("wrong-value", "the only format is `gatehouse: 1`", at: version.span)
        }
        guard let kind = top.requiredText("kind", example: "gateway"), kind != "gateway" else {
            return
        }
        report.error(
            "wrong-value", "this is `kind: \(kind)`, not a gateway's configuration",
            at: top.node("kind")?.span ?? top.span, help: "write `kind: gateway`")
    }

    private func threads(_ top: ConfigurationSection) -> Int? {
        guard let node = top.node("threads"), node.scalar?.text != "auto" else { return nil }
        return top.integer("threads", in: 1...256)
    }

    private func selfService(_ top: ConfigurationSection) -> SelfServiceConfiguration {
        var result = SelfServiceConfiguration(prefix: "", creatorRole: nil, corsOrigins: [])
        guard
            let section = top.section(
                "self_service", known: ["prefix", "creator_role", "cors"],
                later: ["invitation_link"])
        else { return result }
        result.prefix = prefix("prefix", section)
        result.creatorRole = section.text("creator_role")
        if let cors = section.section("cors", known: ["origins"]) {
            result.corsOrigins = cors.texts("origins") ?? []
            for origin in result.corsOrigins
            where ConfigurationScalars.origin(origin)?.isOrigin(origin) != true {
                report.error(
                    "wrong-value", "`\(origin)` is no origin",
                    at: cors.node("origins")?.span ?? cors.span,
                    help:
                        "write `https://app.example.com`, without a path; `*` is refused: pages of "
                        + "strangers would call with a user's token")
            }
        }
        return result
    }

    private func store(_ top: ConfigurationSection) -> String? {
        guard let section = top.section("store", known: ["sqlite"]),
            let path = section.requiredText("sqlite", example: "/var/lib/gatehouse/gatehouse.db")
        else { return nil }
        return surroundings.absolute(path)
    }

    private func limits(_ top: ConfigurationSection) -> LimitsConfiguration {
        let section = top.section(
            "limits", known: ["request_head", "headers", "body", "connections"], later: ["rate"])
        return LimitsConfiguration(
            requestHeadBytes: section?.size("request_head", in: 4096...262_144) ?? 32_768,
            headers: section?.integer("headers", in: 10...1000) ?? 100,
            bodyBytes: section?.size("body", in: 0...(1 << 40)) ?? 64 << 20,
            connections: section?.integer("connections", in: 10...1_000_000) ?? 20_000)
    }

    private func shutdown(_ top: ConfigurationSection) -> ShutdownConfiguration {
        var result = ShutdownConfiguration()
        guard let section = top.section("shutdown", known: ["delay", "timeout"]) else {
            return result
        }
        if let delay = section.duration("delay", in: .zero...(.seconds(600))) {
            result.delay = delay
        }
        if let timeout = section.duration("timeout", in: .zero...(.seconds(3600))) {
            result.timeout = timeout
        }
        return result
    }

    private func logs(_ top: ConfigurationSection) -> LogConfiguration {
        let section = top.section("log", known: ["decisions", "access"], later: ["sample"])
        func destination(_ key: String) -> LogDestination {
            section?.value(key, "`stdout`, `off` or `file:PATH`") { text in
                switch text {
                case "stdout": .standardOutput
                case "off": .off
                default:
                    text.hasPrefix("file:") && text.utf8.count > 5
                        ? .file(surroundings.absolute(String(text.dropFirst(5)))) : nil
                }
            } ?? .standardOutput
        }
        return LogConfiguration(decisions: destination("decisions"), access: destination("access"))
    }
}
