import JOSE
import Values

// `#expect` cannot look into spans: these take arrays.

extension TokenCache {
    func entry(_ token: [UInt8], generation: UInt64, now: UnixTime) -> Entry? {
        find(token.span, generation: generation, now: now)
    }

    func entry(_ token: [UInt8], trust: TrustSnapshot, now: UnixTime) -> Entry? {
        find(token.span, trust: trust, now: now)
    }
}
