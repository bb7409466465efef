import HTTPProxy
import System
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// A gateway that speaks TLS to its clients, and what becomes of its certificates.
@Suite(.enabled(if: TestAuthority.isInstalled && FileSystem.facts(TLSSite.curl) != nil))
struct CertificateServiceTests {
    @Test func `a listener serves with the certificate of its files, and tells its end`()
        async throws
    {
        try await TLSSite.with { site in
            #expect(try await site.get("/healthz") == "200")
            let page = try await site.metrics()
            #expect(page.contains("gatehouse_certificate_not_after_seconds{certificate="))
        }
    }

    @Test func `AV-24 a new pair is used for new connections`() async throws {
        try await TLSSite.with { site in
            let other = try await TestAuthority(name: "Other")
            try site.install(try await other.issue("other"))
            await site.certificates.load()
            #expect(try await site.get("/healthz", trusting: other) == "200")
            #expect(try await site.get("/healthz") == "failed")
            #expect(site.certificates.degradation == nil)
        }
    }

    @Test func `AV-24 a change of the files is noticed without being told`() async throws {
        try await TLSSite.with { site in
            let other = try await TestAuthority(name: "Other")
            try site.install(try await other.issue("other"))
            while try await site.get("/healthz", trusting: other) != "200" {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    enum Fault: CaseIterable { case otherKey, noKey, garbage, missing, expired }

    @Test(arguments: Fault.allCases)
    func `AV-24 a bad pair leaves the one before in force, and is said`(_ fault: Fault)
        async throws
    {
        try await TLSSite.with { site in
            let good = try await site.authority.issue("next")
            switch fault {
            case .otherKey:
                let other = try await site.authority.issue("stranger")
                try site.install(certificate: good.certificatePEM, key: other.keyPEM)
            case .noKey:
                try site.install(certificate: good.certificatePEM, key: good.certificatePEM)
            case .garbage:
                try site.install(certificate: Array("no certificate".utf8), key: good.keyPEM)
            case .missing: site.removeCertificate()
            case .expired: try site.install(try await site.authority.issue("old", days: -1))
            }
            await site.certificates.load()
            #expect(try await site.get("/healthz") == "200")
            let degradation = try #require(site.certificates.degradation)
            #expect(degradation.contains(site.certificatePath), "\(degradation)")
            let failures = try await site.site.metric(
                "gatehouse_certificate_reload_total{result=\"failed\"}")
            #expect(failures >= 1)
            // What is good again is in force again.
            try site.install(good)
            await site.certificates.load()
            #expect(site.certificates.degradation == nil)
            #expect(try await site.get("/healthz") == "200")
        }
    }

    @Test func `a client without the certificate that is asked for gets nothing`() async throws {
        let clients = try await TestAuthority(name: "Clients")
        try await TLSSite.with(
            more: ", client_certificates: {authorities: \"\(clients.own.certificate)\"}"
        ) { site in
            let without = try await site.get("/healthz")
            #expect(without == "failed")
            let good = try await clients.issue("client", names: [])
            #expect(
                try await site.get(
                    "/healthz", options: ["--cert", good.certificate, "--key", good.key]) == "200")
            let stranger = try await TestAuthority(name: "Strangers").issue("client", names: [])
            #expect(
                try await site.get(
                    "/healthz", options: ["--cert", stranger.certificate, "--key", stranger.key])
                    == "failed")
        }
    }

    @Test func `a policy may tell the upstream who the client's certificate names`() async throws {
        let clients = try await TestAuthority(name: "Clients")
        let policy = """
            gatehouse: 1
            kind: policy
            name: projects
            upstream: backend
            routes:
              - {id: health, match: GET /healthz, organization: none, allow: public}
            then:
              request_headers:
                set:
                  X-Origin: "${request.scheme} ${request.ip} ${request.tls.version}"
                  X-Subject: "${request.tls.client_subject}"
                  X-Names: "${request.tls.client_dns.join(' ')}"
            """
        try await TLSSite.with(
            more: ", client_certificates: {authorities: \"\(clients.own.certificate)\", "
                + "required: false}",
            files: [("routes/projects.yaml", policy)]
        ) { site in
            let known = try await clients.issue(
                "client", subject: "/O=Acme/CN=meter", names: ["DNS:a.meter", "DNS:b.meter"])
            let spoof = ["-H", "X-Subject: CN=root", "-H", "X_Names: root"]
            let with = try await site.get(
                "/healthz", options: ["--cert", known.certificate, "--key", known.key] + spoof)
            #expect(with == "200")
            let without = try await site.get("/healthz", options: spoof)
            #expect(without == "200")
            let requests = site.site.backend.requests
            try #require(requests.count == 2)
            #expect(requests[0].headers["X-Origin"] == "https 127.0.0.1 TLSv1.3")
            #expect(requests[0].headers["X-Subject"] == "CN=meter,O=Acme")
            #expect(requests[0].headers["X-Names"] == "a.meter b.meter")
            // What is unknown is left out, and the client's own is removed all the same.
            #expect(requests[1].headers["X-Subject"] == nil)
            #expect(requests[1].headers["X-Names"] == nil)
            #expect(requests[1].headers["X_Names"] == nil)
        }
    }

    @Test func `a gateway whose pair does not fit does not start`() async throws {
        let authority = try await TestAuthority()
        let (one, other) = (try await authority.issue("one"), try await authority.issue("other"))
        let failure = try await #require(throws: GatewayStartFailure.self) {
            try await TestSite.with(configuration: { text in
                text.replacing(
                    "{address: \"127.0.0.1:0\"}",
                    with: "{address: \"127.0.0.1:0\", tls: {certificate: \"\(one.certificate)\", "
                        + "key: \"\(other.key)\"}}")
            }) { _ in }
        }
        #expect(failure.message.contains(one.certificate))
    }
}

/// A site whose listener has a certificate.
struct TLSSite {
    static let curl = "/usr/bin/curl"

    let site: TestSite
    let authority: TestAuthority
    let folder: TemporaryDirectory
    let port: UInt16

    var certificates: CertificateService { site.gateway.certificates }
    var certificatePath: String { folder("tls.crt") }

    static func with(
        more: String = "", files: [(String, String)] = [], _ body: (TLSSite) async throws -> Void
    ) async throws {
        let authority = try await TestAuthority()
        let first = try await authority.issue("first")
        let folder = try TemporaryDirectory()
        try Self.write(first.certificatePEM, first.keyPEM, folder)
        try await TestSite.with(
            files: files,
            configuration: { text in
                text.replacing(
                    "{address: \"127.0.0.1:0\"}",
                    with: "{address: \"127.0.0.1:0\", tls: {certificate: \"\(folder("tls.crt"))\", "
                        + "key: \"\(folder("tls.key"))\"\(more)}}")
            }
        ) { site in
            try await body(
                TLSSite(
                    site: site, authority: authority, folder: folder,
                    port: site.gateway.addresses[0].port ?? 0))
        }
    }

    private static func write(
        _ certificate: [UInt8], _ key: [UInt8], _ folder: TemporaryDirectory
    ) throws {
        try FileSystem.writeAtomically(folder("tls.crt"), certificate)
        try FileSystem.writeAtomically(folder("tls.key"), key, mode: 0o600)
    }

    func install(_ issued: TestAuthority.Issued) throws {
        try install(certificate: issued.certificatePEM, key: issued.keyPEM)
    }

    func install(certificate: [UInt8], key: [UInt8]) throws {
        try Self.write(certificate, key, folder)
    }

    func removeCertificate() { FileSystem.remove(certificatePath) }

    /// The status that a client that trusts an authority gets; `failed` without one.
    func get(
        _ path: String, trusting authority: TestAuthority? = nil, options: [String] = []
    ) async throws -> String {
        let ending = try await ChildProcess.run(
            Self.curl,
            [
                "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert",
                (authority ?? self.authority).own.certificate, "--resolve",
                "localhost:\(port):127.0.0.1",
            ] + options + ["https://localhost:\(port)\(path)"], in: folder(""))
        return ending.code == 0 ? ending.output : "failed"
    }

    /// The admin listener's page of metrics.
    func metrics() async throws -> String {
        try await site.send("GET /metrics", toAdmin: true).body
    }
}
