import Documents
import Gateway
import JOSE
import System
import Values

/// A token, what it is to be checked against, and when.
struct TokenQuestion {
    /// Why there is no answer.
    struct Unanswerable: Error {
        let message: String
        var help: String?
    }

    /// The token's bytes, without what was pasted around it.
    let token: [UInt8]
    /// What is accepted; no issuer where none was named.
    let accepted: TrustConfiguration
    /// When it is judged.
    let now: UnixTime
    /// Where keys come from.
    let keys: TokenKeys

    /// Longer input is no token and not read.
    private static let maxInput = 1 << 20

    init(_ options: ParsedOptions) throws(Unanswerable) {
        now = try Self.time(options["at"])
        if let path = options["config"] {
            for name in ["issuer", "audience"] where !options.all(name).isEmpty {
                throw Unanswerable(
                    message: "--\(name) and --config exclude each other",
                    help: "the configuration names the accepted issuers and audiences")
            }
            let logto = try Self.configuration(path)
            accepted = TrustConfiguration(logto)
            keys = TokenKeys(given: options["keys"], issuers: logto.issuers)
        } else {
            accepted = TrustConfiguration(
                issuers: options.all("issuer"), audiences: options.all("audience"))
            keys = TokenKeys(given: options["keys"], issuers: [])
        }
        token = try Self.token(options.operands)
    }

    /// Everything that can be said about the token.
    func answer() async throws(Unanswerable) -> TokenInspection {
        let span = token
        let first = TokenInspection(
            span.span, trust: TrustSnapshot(configuration: accepted, keys: [:], generation: 1),
            now: now)
        let found = try await keys.find(of: first.claims?["iss"]?.stringValue)
        guard let found else { return first }
        var all: [String: KeySet] = [:]
        for issuer in accepted.issuers { all[issuer] = found }
        return TokenInspection(
            span.span, trust: TrustSnapshot(configuration: accepted, keys: all, generation: 1),
            looseKeys: found, now: now)
    }

    private static func configuration(_ path: String) throws(Unanswerable) -> LogtoConfiguration {
        switch ConfigurationFile.read(path) {
        case .read(let configuration, _, _): return configuration.logto
        case .wrong(let found, let file):
            throw Unanswerable(
                message: "the configuration has errors:\n"
                    + DiagnosticRenderer(files: [file]).text(found))
        case .unreadable(let problem): throw Unanswerable(message: problem)
        }
    }

    private static func time(_ text: String?) throws(Unanswerable) -> UnixTime {
        guard let text else { return Clocks.wall() }
        if let seconds = Int64(text), seconds >= 0 { return UnixTime(seconds: seconds) }
        if let time = UnixTime(rfc3339: text) { return time }
        throw Unanswerable(
            message: "--at is no time",
            help: "write 2026-03-02T10:00:00Z, or seconds since 1970-01-01")
    }

    // MARK: The token

    private static func token(_ operands: [String]) throws(Unanswerable) -> [UInt8] {
        var bytes: [UInt8]
        switch operands.count {
        case 0: bytes = try input()
        case 1 where operands[0] == "-": bytes = try input()
        case 1: bytes = Array(operands[0].utf8)
        case 2 where isBearer(Array(operands[0].utf8)): bytes = Array("Bearer \(operands[1])".utf8)
        default:
            // SECURITY: not one of them is repeated; each may be a token.
            throw Unanswerable(
                message: "there are \(operands.count) tokens",
                help: "give one; in quotes if it has spaces")
        }
        // What ends a line is no part of what stands on it.
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        let count = bytes.count
        bytes = trimmed(bytes)
        if bytes.count != count { note("white space around the token was left out") }
        let scheme = bytes.prefix { !isSpace($0) }
        if isBearer(scheme), scheme.count < bytes.count {
            bytes = trimmed(bytes.dropFirst(scheme.count))
            note("`Bearer` in front of the token was left out")
        }
        guard !bytes.isEmpty, !isBearer(bytes) else {
            throw Unanswerable(
                message: "there is no token",
                help: "give it as an argument, or on standard input")
        }
        return bytes
    }

    private static func input() throws(Unanswerable) -> [UInt8] {
        if Terminal.isTerminal(.error) { note("reading the token from standard input") }
        guard let bytes = StandardStream.readInput(maxBytes: maxInput) else {
            throw Unanswerable(
                message: "standard input cannot be read, or is longer than any token")
        }
        return bytes
    }

    private static func trimmed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var kept = Array(bytes.drop(while: isSpace))
        while let last = kept.last, isSpace(last) { kept.removeLast() }
        return kept
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func isBearer(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.map { $0 | 0x20 }.elementsEqual("bearer".utf8)
    }

    /// Says something beside the result.
    static func note(_ text: String) {
        StandardStream.error.write("gatehouse token inspect: note: \(text)\n")
    }
}
