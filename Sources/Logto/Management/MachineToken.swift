import Documents
import Values

/// A machine token as the token endpoint answered it.
struct MachineToken: Sendable {
    /// How long before its end a token is renewed.
    static let renewal = Duration.seconds(300)

    let value: Secret
    let renewAt: MonotonicTime
    let expiresAt: MonotonicTime

    /// - Parameter asked: when it was asked for; its life is counted from there.
    init(_ answer: [UInt8], asked: MonotonicTime) throws(LogtoFailure) {
        let value: JSONValue
        do {
            value = try JSONReader.read(answer)
        } catch {
            throw .malformedAnswer("the token answer is not JSON")
        }
        guard let text = value["access_token"]?.stringValue, (1...16_384).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let seconds = value["expires_in"]?.integerValue, (1...2_592_000).contains(seconds),
            let type = value["token_type"]?.stringValue, HeaderList.isSame(type, "Bearer")
        else { throw .malformedAnswer("the token answer lacks a usable bearer token") }
        // Without the role, or without the scope in the request, Logto answers 200 with a token
        // that every call is refused with (L33).
        let scopes = value["scope"]?.stringValue?.split(separator: " ") ?? []
        guard scopes.contains(where: { $0.utf8.elementsEqual("all".utf8) }) else {
            throw .scopeMissing
        }
        self.value = Secret(text)
        let life = Duration.seconds(seconds)
        expiresAt = asked.advanced(by: life)
        renewAt = asked.advanced(by: max(life - Self.renewal, life / 2))
    }
}
