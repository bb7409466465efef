import JOSE
import System

@testable import Gateway

/// Checks signatures when it is told to.
final class HeldVerifier: Sendable {
    private let permits = Mailbox<Bool>(capacity: 10_000)
    private let begun: AsyncStream<Void>
    private let begins: AsyncStream<Void>.Continuation

    init() { (begun, begins) = AsyncStream.makeStream() }

    /// For `VerifierPool.Settings.check`.
    var check: @Sendable (ScreenedToken) -> Result<VerifiedToken, TokenRejection> {
        { [self] token in
            begins.yield()
            _ = permits.receive()
            return Result { () throws(TokenRejection) in try token.verify() }
        }
    }

    /// Returns when one more check has begun.
    func hasBegun() async {
        for await _ in begun { return }
    }

    /// Lets some checks end.
    func permit(_ count: Int = 1) {
        for _ in 0..<count { _ = permits.send(true) }
    }

    /// Lets all checks end, from now on.
    func permitAll() { permits.close() }
}
