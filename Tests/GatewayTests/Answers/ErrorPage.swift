import HTTPProxy
import PolicyEngine
import SelfService
import Values

@testable import Gateway

/// `docs/errors.md`, made from the enumerations that word the answers.
enum ErrorPage {
    /// One answer that refuses.
    struct Row {
        let code: String
        let status: Int
        let title: String
        var details: [String]
    }

    /// Answers of one origin.
    struct Section {
        let title: String
        let about: String
        let rows: [Row]
    }

    static let sections = [
        Section(
            title: "The request",
            about: "Refused before anything is decided. The connection is closed where its bytes "
                + "can no longer be trusted.",
            rows: gathered(
                RefusalCases.requestFaults.map(AnswerSet.problem(for:)))),
        Section(
            title: "The gate",
            about:
                "Refused for how the token is sent, or for what a built-in route asks. Where the "
                + "token is sent wrongly, `WWW-Authenticate` says `invalid_request`.",
            rows: GateRefusal.allCases.map {
                Row(code: $0.rawValue, status: $0.status, title: $0.title, details: [$0.detail])
            }),
        Section(
            title: "The token",
            about: "The token is not accepted. `WWW-Authenticate` says `invalid_token` and repeats "
                + "the title as `error_description`; `resource_metadata` says where tokens are had. "
                + "Nothing that a token says is repeated. `gatehouse token inspect` shows every "
                + "check of a token.",
            rows: gathered(
                RefusalCases.tokenRejections.map(AnswerSet.problem(for:)))),
        Section(
            title: "The decision",
            about: "Refused by the rules. Which rule it was stands in the decision log, under the "
                + "request id. With `not-permitted` and 403 `WWW-Authenticate` says "
                + "`insufficient_scope`, and never which permission is missing. Where two statuses are possible, the project's `defaults` choose; "
                + "`gatehouse explain` shows a decision step by step.",
            rows: DecisionReason.allCases.flatMap { reason in
                AnswerSet.statuses(of: reason).map { status in
                    let texts = AnswerSet.texts(of: reason)
                    return Row(
                        code: reason.code, status: status, title: texts.title,
                        details: [texts.detail])
                }
            }),
        Section(
            title: "The upstream",
            about:
                "The request was allowed and forwarded, and no answer came that may be passed on.",
            rows: gathered(
                RefusalCases.upstreamFailures.map(AnswerSet.problem(for:)))),
        Section(
            title: "Webhooks of Logto",
            about: "Answers of `POST /hooks/logto`, which exists where `logto.webhook_secrets` are "
                + "configured.",
            rows: WebhookRefusal.allCases.map {
                Row(code: $0.rawValue, status: $0.status, title: $0.title, details: [$0.detail])
            }),
        Section(
            title: "Organization self-service",
            about: "Answers of the built-in routes. `errors` names members of the body that are "
                + "wrong; `retry_after` repeats `Retry-After`.",
            rows: ProblemCode.allCases.map {
                Row(code: $0.rawValue, status: $0.status, title: $0.title, details: [$0.detail])
            }),
    ]

    static var text: String {
        let problem = Problem(
            status: 403, code: DecisionReason.notPermitted.code,
            title: AnswerSet.texts(of: .notPermitted).title,
            detail: AnswerSet.texts(of: .notPermitted).detail)
        let id = RequestID("5b1c0e9a7d3f482611ab90ce")
        var text = """
            # Errors

            Every refusal is `application/problem+json` (RFC 9457). `code` is stable and the same in the answer, the logs and
            the metrics; `title` says what is wrong, `detail` what exactly, or what to do. With 503, `Retry-After` says
            when to try again. This page is made from the code: `UPDATE_CASES=1 swift test --filter ErrorPageTests`.

            ```json
            \(String(decoding: problem.body(requestID: id), as: UTF8.self))```

            """
        for section in sections {
            text += "\n## \(section.title)\n\n\(section.about)\n\n"
            text += "| code | status | title | what to do |\n|---|---|---|---|\n"
            for row in section.rows {
                let details = row.details.map(cell).joined(separator: "; ")
                text += "| `\(row.code)` | \(row.status) | \(cell(row.title)) | \(details) |\n"
            }
        }
        return text
    }

    /// One row for each code, status and title, in order.
    private static func gathered(_ problems: [Problem]) -> [Row] {
        var all: [Row] = []
        for problem in problems {
            let row = Row(
                code: problem.code, status: problem.status, title: problem.title,
                details: [problem.detail].compactMap { $0 })
            if let index = all.firstIndex(where: {
                $0.code == row.code && $0.status == row.status && $0.title == row.title
            }) {
                let known = all[index].details
                all[index].details += row.details.filter { !known.contains($0) }
            } else {
                all.append(row)
            }
        }
        return all
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
