import Documents
import HTTPProxy
import PolicyEngine
import Values

/// The parts of log lines that name a rule set, its routes and its rules: made once for each loop, so
/// that a line copies them.
final class LogNames {
    /// What stands in a line, of each route.
    enum OfRoute: Int, CaseIterable {
        /// `,"gatehouse.route":"ID"`
        case access
        /// `,"route":"ID","method":"`
        case decision
        /// The name alone.
        case console
    }

    private let text: [UInt8]
    /// `","policy":"HASH","decision":"allow","status":`, and the same for a denial.
    private let allow: Range<Int>
    private let deny: Range<Int>
    /// By route, the parts of one behind the other.
    private let routes: [Range<Int>]
    /// The members `because` and `at` of each rule.
    private let causes: [Range<Int>]
    private let rules: [Range<Int>]

    init(_ policies: PolicySnapshot) {
        var text: [UInt8] = []
        func add(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
            let start = text.count
            write(&text)
            return start..<text.count
        }
        func head(_ decision: String) -> Range<Int> {
            add {
                $0.append(text: #"","policy":"#)
                JSONText.append(policies.hash, to: &$0)
                $0.append(text: #","decision":""# + decision + #"","status":"#)
            }
        }
        allow = head("allow")
        deny = head("deny")
        routes = policies.routes.flatMap { route in
            OfRoute.allCases.map { kind in
                add {
                    switch kind {
                    case .access:
                        $0.append(text: #","gatehouse.route":"#)
                        JSONText.append(route.id, to: &$0)
                    case .decision:
                        $0.append(text: #","route":"#)
                        JSONText.append(route.id, to: &$0)
                        $0.append(text: #","method":""#)
                    case .console: $0.append(text: route.id)
                    }
                }
            }
        }
        causes = policies.rules.map { rule in
            add {
                $0.append(text: #""because":"#)
                JSONText.append(rule.id, to: &$0)
                $0.append(text: #","at":"#)
                JSONText.append(rule.span.path, to: &$0)
            }
        }
        rules = policies.rules.map { rule in add { $0.append(text: rule.id) } }
        self.text = text
    }

    /// Adds the members from the policy's name to the status.
    func appendHead(isAllowed: Bool, to line: inout ByteBuffer) {
        line.append(text, isAllowed ? allow : deny)
    }

    /// Adds what names a route.
    func append(route: Int, _ kind: OfRoute, to line: inout ByteBuffer) {
        line.append(text, routes[route * OfRoute.allCases.count + kind.rawValue])
    }

    /// Adds the members that say which rule decided.
    func append(causeOf rule: Int, to line: inout ByteBuffer) {
        line.append(text, causes[rule])
    }

    /// Adds the name of a rule.
    func append(rule: Int, to line: inout ByteBuffer) {
        line.append(text, rules[rule])
    }
}
