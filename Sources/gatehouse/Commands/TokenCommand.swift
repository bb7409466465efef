import Documents
import JOSE
import System
import Values

/// `gatehouse token`: looks into access tokens, by the code that serves.
enum TokenCommand {
    static let group = CommandGroup(
        name: "token",
        summary: "Look into access tokens: which checks one passes, and why it is refused",
        entries: [inspect])

    private static let inspect = Command.Entry(
        table: OptionTable(
            command: "token inspect",
            summary: "Read a token and say which check it passes or fails, without trusting it",
            operands: "[TOKEN]",
            operandCount: 0...Int.max,
            options: [
                .init(
                    name: "keys", value: "FILE|URL",
                    help:
                        "the issuer's key set: a file, or an address (https; http on this machine)"),
                .init(
                    name: "issuer", value: "ISSUER",
                    help: "an accepted issuer, as tokens spell it; may be repeated", repeats: true),
                .init(
                    name: "audience", value: "API",
                    help: "an accepted API resource indicator; may be repeated", repeats: true),
                .init(
                    name: "config", value: "FILE",
                    help:
                        "issuers, audiences, algorithms and times of this gatehouse.yaml; without --keys\n"
                        + "the keys are fetched as the gateway does"),
                .init(
                    name: "at", value: "TIME",
                    help: "judge it at this time: RFC 3339, or seconds since 1970 (default now)"),
                .init(
                    name: "format", value: "text|json",
                    help: "how results are printed (default text)"),
            ],
            notes: """
                TOKEN is also read from standard input, which keeps it out of the shell's history:
                  gatehouse token inspect --config gatehouse.yaml < token.txt
                A pasted `Bearer` and white space around the token are left out, which a gateway would not do.
                Without keys the signature is not checked, and nothing is accepted. An issuer's keys count only
                with --issuer or --config; the token's own `iss` is never asked. Neither the token nor its
                signature is printed; what it says is, so mind who reads along.
                Exit codes: 0 accepted, 1 refused, 2 no token, or keys that cannot be read.
                """),
        run: { await run($0) })

    private static func run(_ options: ParsedOptions) async -> ExitCode {
        guard let wantsJSON = PolicySource.wantsJSON(options) else {
            return PolicySource.unknownFormat("token inspect", options)
        }
        do throws(TokenQuestion.Unanswerable) {
            let question = try TokenQuestion(options)
            let inspection = try await question.answer()
            let page = TokenPage(inspection, question)
            StandardStream.output.write(wantsJSON ? page.json : page.text)
            return inspection.isAccepted ? .success : .no
        } catch {
            return Failure.report("token inspect", error.message, error.help)
        }
    }
}
