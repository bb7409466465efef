import Documents
import Values

extension PolicyDecoder {
    private static let routeKeys = [
        "id", "match", "host", "allow", "deny", "organization", "crosses_organizations", "then",
        "mode", "description",
    ]
    private static let laterKeys = ["cors", "rate_limit"]

    /// `kind: policy`.
    func policy(_ root: YAMLNode) -> RouteDocument {
        let fields = header(
            root,
            "a policy",
            known: ["upstream", "audience", "tokens", "organization", "deny", "routes", "then"]
                + Self.trafficBoundKeys,
            later: ["facts", "vars", "derived_roles"] + Self.laterKeys
        )
        var document = RouteDocument(path: file, span: fields.span)
        document.name = fields["name"].flatMap(scalarText) ?? ""
        require("name", in: fields, of: "a policy")
        require("upstream", in: fields, of: "a policy")
        require("routes", in: fields, of: "a policy")
        document.upstream = fields["upstream"].flatMap { string($0, "an upstream") }
        document.audience = fields["audience"].flatMap { string($0, "an audience") }
        if let node = fields["tokens"] {
            let words = RouteDocument.TokenKind.allCases.map(\.rawValue)
            document.tokens = items(node, "`tokens`")
                .compactMap { choice($0, "a kind of token", among: words) }
                .compactMap { RouteDocument.TokenKind(rawValue: $0.value) }
            if document.tokens.isEmpty {
                findings.error(
                    .wrongValue,
                    "`tokens` names no kind of token",
                    at: node.span,
                    help: "write `[organization]`, `[api]` or both"
                )
            }
        }
        document.organization = fields["organization"].flatMap(organization)
        document.deny = fields["deny"].map(denyRules) ?? []
        document.then = fields["then"].map(obligations)
        document.traffic = traffic(fields)
        document.routes = fields["routes"].map { items($0, "`routes`").map(route) } ?? []
        return document
    }

    /// Reports a key that must be there.
    func require(_ key: String, in fields: Fields, of what: String) {
        if fields.key(key) == nil {
            findings.error(.missingKey, "\(what) needs the key `\(key)`", at: fields.span)
        }
    }

    private func route(_ node: YAMLNode) -> RouteDeclaration {
        let fields = fields(
            node,
            of: "a route",
            known: Self.routeKeys + Self.trafficBoundKeys,
            later: Self.laterKeys + ["upgrade"]
        )
        var route = RouteDeclaration(span: fields.span)
        route.id = fields["id"].flatMap { string($0, "an id") }
        require("match", in: fields, of: "a route")
        if let node = fields["match"] {
            route.matches = strings(node, "`match`", of: "a match", orOne: true).compactMap(match)
            route.span = route.matches.first?.span ?? node.span
        }
        route.host = fields["host"].flatMap { string($0, "a host") }.flatMap(host)
        route.organization = fields["organization"].flatMap(organization)
        route.crossingRule = fields["crosses_organizations"]
            .flatMap { string($0, "the id of a rule") }
        route.hasAllow = fields["allow"] != nil
        route.allow = fields["allow"].map(allow) ?? []
        route.deny = fields["deny"].map(denyRules) ?? []
        route.then = fields["then"].map(obligations)
        route.traffic = traffic(fields)
        if let description = fields["description"] { _ = string(description, "a description") }
        mode(fields, of: "a route")
        return route
    }

    /// `path.<param>`, `header.<name>`, `token` or `none`.
    private func organization(_ node: YAMLNode) -> Located<OrganizationSource>? {
        guard let text = string(node, "`organization`") else { return nil }
        switch text.value {
        case "none": return Located(.none, text.span)
        case "token": return Located(.token, text.span)
        default: break
        }
        if text.value.hasPrefix("path.") {
            return Located(.path(String(text.value.dropFirst("path.".count))), text.span)
        }
        if text.value.hasPrefix("header.") {
            let name = String(text.value.dropFirst("header.".count))
            guard !name.isEmpty, name.utf8.allSatisfy(HTTPToken.isTokenByte) else {
                findings.error(.headerName, "`\(name)` is no name of a header", at: text.span)
                return nil
            }
            let lower = name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            return Located(.header(String(decoding: lower, as: UTF8.self)), text.span)
        }
        findings.error(
            .wrongValue,
            "`\(text.value)` is no source of the organization",
            at: text.span,
            help: "write `path.<parameter>`, `header.<name>`, `token` or `none`"
        )
        return nil
    }

    /// `METHOD[,METHOD] /path`, `ANY /path`.
    func match(_ text: Located<String>) -> Located<RoutePattern>? {
        switch MatchParser.pattern(text.value) {
        case .failure(let problem):
            findings.error(
                .matchSyntax,
                problem.message,
                at: text.span,
                help: problem.help
            )
            return nil
        case .success(let (names, segments)):
            if names.count == 1, names[0] == "ANY" {
                return Located(RoutePattern(methods: [], segments: segments), text.span)
            }
            let methods = names.compactMap { method(Located($0, text.span))?.value }
            guard methods.count == names.count else { return nil }
            if Set(methods).count != methods.count {
                findings.error(.matchSyntax, "a method is named twice", at: text.span)
                return nil
            }
            return Located(RoutePattern(methods: methods, segments: segments), text.span)
        }
    }

    /// An exact host, or `*.suffix`.
    private func host(_ text: Located<String>) -> Located<HostPattern>? {
        let isSuffix = text.value.hasPrefix("*.")
        let name = (isSuffix ? String(text.value.dropFirst()) : text.value)
        let labels = name.utf8.drop { isSuffix && $0 == UInt8(ascii: ".") }
        let isGood =
            !labels.isEmpty
            && labels.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
            }
            && labels.first != 0x2E && labels.last != 0x2E && !name.contains("..")
        guard isGood else {
            findings.error(
                .hostSyntax,
                "`\(text.value)` is no host",
                at: text.span,
                help: "write a name such as `api.example.com`, or `*.example.com`; without a port"
            )
            return nil
        }
        return Located(HostPattern(name: name.lowercased(), isSuffix: isSuffix), text.span)
    }
}
