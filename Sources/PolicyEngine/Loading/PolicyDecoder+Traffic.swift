import Documents
import Values

extension PolicyDecoder {
    /// The keys of a policy or a route that `traffic` reads.
    static let trafficBoundKeys = ["timeouts", "max_body"]

    /// `timeouts` and `max_body` of a policy or a route.
    func traffic(_ fields: Fields) -> TrafficDeclaration {
        var bounds = TrafficBounds()
        if let node = fields["timeouts"] {
            let times = self.fields(
                node, of: "`timeouts`", known: ["connect", "response", "idle", "total"])
            bounds.connect = time("connect", in: times, upTo: .seconds(60))
            bounds.response = time("response", in: times, upTo: .seconds(86_400))
            bounds.idle = time("idle", in: times, upTo: .seconds(86_400))
            bounds.total = time("total", in: times, upTo: .seconds(7 * 86_400))
        }
        let maxBody = fields["max_body"].flatMap(maxBody)
        bounds.maxBodyBytes = maxBody
        return TrafficDeclaration(
            bounds: bounds, maxBody: maxBody == nil ? nil : fields["max_body"]?.span)
    }

    private func time(_ key: String, in fields: Fields, upTo most: Duration) -> Duration? {
        guard let node = fields[key], let text = quantity(node, "`\(key)`") else { return nil }
        guard let value = Quantity.duration(text.value) else {
            findings.error(
                .wrongValue, "`\(key)` is \(Quantity.durationForm), not `\(text.value)`",
                at: text.span)
            return nil
        }
        guard (.milliseconds(10)...most).contains(value) else {
            findings.error(
                .wrongValue, "`\(key)` is between `10ms` and `\(most.components.seconds)s`",
                at: text.span)
            return nil
        }
        return value
    }

    private func maxBody(_ node: YAMLNode) -> Int? {
        guard let text = quantity(node, "`max_body`") else { return nil }
        guard let value = Quantity.size(text.value) else {
            findings.error(
                .wrongValue, "`max_body` is \(Quantity.sizeForm), not `\(text.value)`",
                at: text.span)
            return nil
        }
        return value
    }

    /// A text that may look like a number: what it lacks is a unit, not quotes.
    private func quantity(_ node: YAMLNode, _ what: String) -> Located<String>? {
        guard let scalar = node.scalar, !scalar.isNull else { return string(node, what) }
        return Located(scalar.text, node.span)
    }
}
