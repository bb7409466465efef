import Documents
import Values

/// One call of the Management API: what is sent, and what its answers mean.
struct ManagementCall {
    /// Bytes of an answer that are read: a page of a hundred organizations, each with custom data.
    static let maxBytes = 16 * 1_024 * 1_024

    let operation: ManagementOperation
    let method: HTTPMethod
    let target: ManagementTarget
    var body: JSONObject?
    /// The status of success.
    let success: Int
    /// The code of a 404 that says "not there".
    var absent: String?
    /// Whether the caller took this call from the budget. Others are counted when they are made.
    var isPaid = false

    var isWrite: Bool { !method.isSafe }

    /// The failure for an answer that is not what it should be.
    func fault(_ detail: String) -> LogtoFailure {
        isWrite ? .unknownOutcome(reason: "answer-malformed") : .malformedAnswer(detail)
    }
}
