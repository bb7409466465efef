import Documents
import HTTPProxy
import Values

/// Everything below `/emulator`: what no Logto has, for scripts and tests in any language.
///
/// SECURITY: it gives tokens to whoever asks. The emulator is for loopback and made-up people only.
enum ControlEndpoint {
    /// Whether a path is ours and not Logto's.
    static func isMeant(_ path: String) -> Bool {
        path.isExactly("/emulator") || path.hasPrefix("/emulator/")
    }

    /// The answer to a request below `/emulator`.
    static func answer(
        _ request: LocalRequest, _ state: inout EmulatorState, _ context: TokenContext
    ) -> Answer {
        do throws(LogtoProblem) {
            switch (ExactText(request.path), request.method) {
            case ("/emulator/faults", .post):
                guard state.faults.add(try fault(try body(request))) else {
                    throw .refusal(422, "emulator.fault_refused", "The plan is full.")
                }
                return .createdText
            case ("/emulator/faults", .get):
                return .ok(.array(state.faults.faults.map(json)))
            case ("/emulator/faults", .delete):
                state.faults.clear()
                return .noContent
            case ("/emulator/tokens", .post):
                return .created(try token(try body(request), state, context))
            case ("/emulator/sign-ins", .post):
                return .created(try signIn(try body(request), &state, context))
            default:
                return .text(404, "Not Found")
            }
        } catch {
            return Answer(status: error.status, content: .json(error.body))
        }
    }

    private static func body(_ request: LocalRequest) throws(LogtoProblem) -> JSONObject {
        let value: JSONValue
        do {
            value = try JSONReader.read(request.body)
        } catch {
            throw .malformedBody("The body is not JSON.")
        }
        guard let object = value.objectValue else { throw .malformedBody("Not an object.") }
        return object
    }

    private static let faultSchema: [Schema.Member] = [
        .optional("method", .text([.atLeast(1)])),
        .required("path", .text([.atLeast(1)])),
        .optional("nth", .number),
        .optional("times", .number),
        .required(
            "then", .choice(["answer", "answer-after", "close", "close-after", "delay"])),
        .optional("status", .number),
        .optional("headers", .anyObject),
        .optional("milliseconds", .number),
    ]

    private static func fault(_ body: JSONObject) throws(LogtoProblem) -> Fault {
        let clean = try checked(body, faultSchema)
        var headers = HeaderList()
        for member in clean["headers"]?.objectValue?.members ?? [] {
            headers.append(member.name, member.value.stringValue ?? "")
        }
        var content: [UInt8] = []
        if let value = body["body"] {
            content = JSONWriter.write(value)
            headers.append("Content-Type", "application/json; charset=utf-8")
        }
        let status = Int(clamping: clean["status"]?.whole ?? 500)
        guard (200...599).contains(status) else {
            throw .malformedBody("`status` is not between 200 and 599.")
        }
        let milliseconds = min(max(0, clean["milliseconds"]?.whole ?? 1000), 60_000)
        let effect: Fault.Effect =
            switch ExactText(clean["then"]?.stringValue ?? "") {
            case "answer": .answer(status: status, headers: headers, body: content)
            case "answer-after": .answerAfter(status: status, headers: headers, body: content)
            case "close": .closeBefore
            case "close-after": .closeAfter
            default: .delay(.milliseconds(milliseconds))
            }
        return Fault(
            method: clean["method"]?.stringValue.flatMap(HTTPMethod.init(token:)),
            path: clean["path"]?.stringValue ?? "",
            nth: Int(clamping: clean["nth"]?.whole ?? 1),
            times: Int(clamping: clean["times"]?.whole ?? 1), effect: effect)
    }

    private static func json(_ fault: Fault) -> JSONValue {
        let word: JSONValue =
            switch fault.effect {
            case .answer: "answer"
            case .answerAfter: "answer-after"
            case .closeBefore: "close"
            case .closeAfter: "close-after"
            case .delay: "delay"
            }
        return [
            "method": .optional(fault.method?.name), "path": .string(fault.path),
            "nth": .integer(Int64(fault.nth)), "times": .integer(Int64(fault.times)),
            "then": word,
        ]
    }

    private static func token(
        _ body: JSONObject, _ state: EmulatorState, _ context: TokenContext
    ) throws(LogtoProblem) -> JSONValue {
        let clean = try checked(
            body,
            [
                .required("subject", .text([.atLeast(1)])), .optional("client", .text([])),
                .optional("organization", .text([])), .optional("resource", .text([])),
                .optional("scopes", .list(.text([]), atLeast: 0)),
                .optional("lifetime", .number), .optional("issuedAfter", .number),
                .optional("claims", .anyObject),
            ])
        let request = MintRequest(
            subject: clean["subject"]?.stringValue ?? "", client: clean["client"]?.stringValue,
            organization: clean["organization"]?.stringValue,
            resource: clean["resource"]?.stringValue, scopes: clean["scopes"]?.texts,
            lifetime: clean["lifetime"]?.whole ?? 3600,
            issuedAfter: clean["issuedAfter"]?.whole ?? 0,
            claims: clean["claims"]?.objectValue ?? [:])
        do throws(EmulatorRefusal) {
            return ["token": .string(try context.mint(request, state))]
        } catch {
            throw refused(error)
        }
    }

    private static func signIn(
        _ body: JSONObject, _ state: inout EmulatorState, _ context: TokenContext
    ) throws(LogtoProblem) -> JSONValue {
        let clean = try checked(
            body,
            [
                .required("user", .text([.atLeast(1)])), .optional("client", .text([])),
                .required("scopes", .list(.text([]), atLeast: 0)),
                .required("resources", .list(.text([]), atLeast: 0)),
            ])
        do throws(EmulatorRefusal) {
            let place = try context.signIn(
                user: clean["user"]?.stringValue ?? "",
                client: clean["client"]?.stringValue ?? DemoSeed.browserApplication,
                scopes: (clean["scopes"] ?? .null).texts,
                resources: (clean["resources"] ?? .null).texts, &state)
            let token = state.giveRefreshToken(for: place, context)
            return ["refresh_token": .string(token)]
        } catch {
            throw refused(error)
        }
    }

    private static func checked(
        _ body: JSONObject, _ schema: [Schema.Member]
    ) throws(LogtoProblem) -> JSONObject {
        var issues: [SchemaIssue] = []
        let clean = Schema.object(schema).cleaned(.object(body), issues: &issues)
        guard issues.isEmpty, let object = clean.objectValue else {
            throw .invalid("body", issues)
        }
        return object
    }

    private static func refused(_ refusal: EmulatorRefusal) -> LogtoProblem {
        .refusal(422, "emulator.refused", "\(refusal)")
    }
}
