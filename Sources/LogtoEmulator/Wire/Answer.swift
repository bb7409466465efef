import Documents
import Values

/// What a handler answers, before it becomes bytes.
struct Answer {
    /// The body of an answer.
    enum Content {
        case none
        case json(JSONValue)
        case text(String)
    }

    var status: Int
    var content: Content
    var headers = HeaderList()
    /// The media type of a JSON body.
    var mediaType = "application/json; charset=utf-8"

    /// 200 with a body.
    static func ok(_ value: JSONValue) -> Answer { Answer(status: 200, content: .json(value)) }

    /// 201 with a body.
    static func created(_ value: JSONValue) -> Answer { Answer(status: 201, content: .json(value)) }

    /// 201 without anything to tell.
    static let createdText = Answer(status: 201, content: .text("Created"))

    /// 204.
    static let noContent = Answer(status: 204, content: .none)

    /// A short text: what the framework under Logto answers before any of its code runs.
    static func text(_ status: Int, _ text: String) -> Answer {
        Answer(status: status, content: .text(text))
    }
}
