import TestSupport
import Testing
import Transport
import Values

/// Certificates and keys as they are read from files.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSIdentityTests {
    private func reason(_ body: () throws -> Void) -> TLSFailure.Reason? {
        do {
            try body()
            return nil
        } catch let failure as TLSFailure {
            return failure.reason
        } catch {
            return nil
        }
    }

    @Test func `an identity tells its names, its subject and its time`() async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.issue(
            "server", subject: "/C=DE/O=Acme/CN=Server",
            names: ["DNS:A.example", "DNS:*.b.example", "IP:192.0.2.1", "IP:2001:db8::1"], days: 2
        ).identity()
        #expect(identity.names == ["a.example", "*.b.example", "192.0.2.1", "2001:db8::1"])
        #expect(identity.subject == "CN=Server,O=Acme,C=DE")
        let life = identity.notAfter.seconds - identity.notBefore.seconds
        #expect(life == 2 * 86_400)
        #expect(identity.notBefore > UnixTime(seconds: 1_700_000_000))
        let context = try TLSServerContext(identities: [identity])
        #expect(context.firstNotAfter == identity.notAfter)
    }

    @Test func `what cannot be read, does not match or is too weak is refused`() async throws {
        let authority = try await TestAuthority()
        let (one, other) = try await (authority.issue("one"), authority.issue("other"))
        let weak = try await authority.issue("weak", key: "rsa:1024")
        let junk = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        #expect(
            reason {
                _ = try TLSIdentity(certificatePEM: one.certificatePEM, keyPEM: other.keyPEM)
            } == .keyMismatch)
        for bad in [[], Array("text".utf8), junk, one.keyPEM, one.certificatePEM + junk] {
            #expect(
                reason { _ = try TLSIdentity(certificatePEM: bad, keyPEM: one.keyPEM) }
                    == .certificateUnreadable)
            #expect(
                reason { _ = try TLSClientContext(authoritiesPEM: bad) } == .authoritiesUnreadable)
        }
        for bad in [[], Array("text".utf8), one.certificatePEM] {
            #expect(
                reason { _ = try TLSIdentity(certificatePEM: one.certificatePEM, keyPEM: bad) }
                    == .keyUnreadable)
        }
        #expect(
            reason { _ = try TLSServerContext(identities: [weak.identity()]) }
                == .certificateUnreadable)
        #expect(reason { _ = try TLSServerContext(identities: []) } == .settings)
    }

    @Test func `a key with a password is refused, and nobody is asked for it`() async throws {
        let authority = try await TestAuthority()
        let one = try await authority.issue("one")
        let sealed = try await ChildProcess.run(
            "openssl",
            ["pkcs8", "-topk8", "-in", one.key, "-passout", "pass:secret"], in: "/")
        #expect(sealed.output.contains("ENCRYPTED"))
        #expect(
            reason {
                _ = try TLSIdentity(
                    certificatePEM: one.certificatePEM, keyPEM: Array(sealed.output.utf8))
            } == .keyUnreadable)
    }
}
