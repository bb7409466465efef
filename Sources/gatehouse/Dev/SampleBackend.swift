import Documents
import HTTPProxy
import Values

/// A backend for the demo: answers every request with what it received.
final class SampleBackend: LocalService {
    let bodyLimit = 1 << 20
    private let name: String

    init(name: String) {
        self.name = name
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        var headers: [(String, JSONValue)] = []
        for field in request.headers.fields {
            headers.append((field.name, .string(field.value)))
        }
        var members: [(String, JSONValue)] = [
            ("backend", .string(name)), ("method", .string(request.method.name)),
            ("path", .string(request.path)),
        ]
        if let query = request.query { members.append(("query", .string(query))) }
        members.append(
            (
                "headers",
                .array(
                    headers.map { .object(JSONObject([("name", .string($0.0)), ("value", $0.1)])) })
            ))
        if !request.body.isEmpty {
            members.append(("body", .string(String(decoding: request.body, as: UTF8.self))))
        }
        responder.answer(
            LocalResponse(
                status: 200, headers: ["Content-Type": "application/json"],
                body: JSONWriter.write(.object(JSONObject(members))) + [UInt8(ascii: "\n")]))
    }
}
