package import Values

/// A request written down for people's questions: what `explain` and the tests ask about.
package struct PolicyQuestion: Sendable {
    /// The method.
    package var method: HTTPMethod
    /// The path in its normal form, without a query.
    package var path: String
    /// The host.
    package var host: String
    /// The fields of the request.
    package var headers: HeaderList
    /// The name of the request.
    package var requestID: ExchangeID

    /// A request.
    package init(
        method: HTTPMethod,
        path: String,
        host: String = "localhost",
        headers: HeaderList = HeaderList(),
        requestID: ExchangeID = ExchangeID(seed: 0, number: 0)
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.headers = headers
        self.requestID = requestID
    }
}

/// Answers questions about single decisions, by the code that also decides requests.
package struct PolicyExplainer {
    /// A decision and what comes with it.
    package struct Answer {
        /// The decision, after its obligations were carried out.
        package let decision: Decision
        /// The lines added to the request.
        package let requestLines: [UInt8]
        /// The lines added to the response.
        package let responseLines: [UInt8]
        /// The route that matched.
        package let match: RouteMatch?
        let trace: DecisionTrace
    }

    let snapshot: PolicySnapshot
    private let evaluator: PolicyEvaluator

    /// An explainer of that rule set.
    package init(_ snapshot: PolicySnapshot) {
        self.snapshot = snapshot
        evaluator = PolicyEvaluator(snapshot)
    }

    /// Finds the route of a question.
    package func route(for question: PolicyQuestion) -> RouteFacts? {
        let buffer = QuestionBytes(question)
        return evaluator.match(buffer.access(question), in: buffer.bytes.span)
            .map { snapshot.routes[$0.route] }
    }

    /// Decides a question.
    package func decide(_ question: PolicyQuestion, as principal: Principal?) -> Answer {
        let buffer = QuestionBytes(question)
        let access = buffer.access(question)
        let trace = DecisionTrace()
        var (request, response): ([UInt8], [UInt8]) = ([], [])
        guard let match = evaluator.match(access, in: buffer.bytes.span) else {
            return Answer(
                decision: evaluator.refusalOfUnmatched(question.method),
                requestLines: [], responseLines: [], match: nil, trace: trace)
        }
        for slot in 0..<evaluator.headerCount(match) {
            evaluator.provide(
                buffer.find(evaluator.headerName(match, slot: slot)), slot: slot)
        }
        let first = evaluator.decide(
            match, access, in: buffer.bytes.span, as: principal, trace: trace)
        let decision = evaluator.carryOut(
            first, access, in: buffer.bytes.span, as: principal,
            requestLines: &request, responseLines: &response)
        return Answer(
            decision: decision, requestLines: request, responseLines: response, match: match,
            trace: trace)
    }

    /// Explains the decision of a question.
    ///
    /// - Parameter name: what the caller is called in the text.
    package func explain(
        _ question: PolicyQuestion,
        as principal: Principal?,
        called name: String
    ) -> PolicyExplanation {
        let answer = decide(question, as: principal)
        return explanation(of: answer, question, principal, name)
    }
}

/// The bytes of a question, laid out as those of a request.
private struct QuestionBytes {
    private(set) var bytes: [UInt8] = []
    private var host = 0..<0
    private var path = 0..<0
    private var fields: [(form: String, value: Range<Int>)] = []

    init(_ question: PolicyQuestion) {
        host = add(question.host)
        path = add(question.path)
        for field in question.headers.fields {
            fields.append((HeaderName.normalForm(field.name), add(field.value)))
        }
    }

    private mutating func add(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes += Array(text.utf8)
        return start..<bytes.count
    }

    func access(_ question: PolicyQuestion) -> AccessRequest {
        AccessRequest(
            method: question.method, host: host, path: path, requestID: question.requestID)
    }

    func find(_ name: String) -> HeaderFinding {
        let form = HeaderName.normalForm(name)
        let found = fields.filter { $0.form.isExactly(form) }
        guard let first = found.first else { return .absent }
        return found.count == 1 ? .once(first.value) : .repeated
    }
}
