import Documents
import HTTPProxy
import Testing
import Transport

@testable import Gateway

/// The keys about connections: listeners, TLS, trusted proxies, upstreams, the end of the process.
@Suite struct EdgeConfigurationTests {
    private func decode(
        listen: String = "[{address: \"0.0.0.0:8080\"}]",
        upstream: String = "{url: \"http://projects.internal\"}", more: String = ""
    ) -> (configuration: GatewayConfiguration?, codes: [String]) {
        let (read, found) = ConfigurationDecoder.decode(
            SourceFile(
                path: "gatehouse.yaml",
                text: """
                    gatehouse: 1
                    kind: gateway
                    listen: \(listen)
                    logto: {endpoint: https://acme.logto.app}
                    upstreams: {projects: \(upstream)}
                    policies: policies
                    \(more)
                    """),
            surroundings: ConfigurationSurroundings(
                variable: { _ in nil }, file: { _ in nil }, folder: "/etc/gatehouse"))
        return (read, found.map(\.code))
    }

    @Test func `a listener has certificates for several names, and may ask for the client's`()
        throws
    {
        let (read, codes) = decode(
            listen: """
                [{address: "[::]:8443", tls: {certificate: a.crt, key: /k/a.key, \
                certificates: [{certificate: b.crt, key: b.key}], \
                client_certificates: {authorities: ca.pem, required: false}}}]
                """)
        #expect(codes.isEmpty)
        let listener = try #require(read?.listeners.first)
        #expect(listener.address == SocketAddress("[::]:8443"))
        #expect(
            listener.tls?.identities == [
                IdentityFiles(certificate: "/etc/gatehouse/a.crt", key: "/k/a.key"),
                IdentityFiles(certificate: "/etc/gatehouse/b.crt", key: "/etc/gatehouse/b.key"),
            ])
        #expect(
            listener.tls?.clients
                == .init(authorities: "/etc/gatehouse/ca.pem", isRequired: false))
        #expect(!listener.takesProxyProtocol)
    }

    @Test func `client certificates are required unless it says otherwise`() {
        let (read, _) = decode(
            listen: """
                [{address: "[::]:8443", tls: {certificate: a, key: b, \
                client_certificates: {authorities: ca.pem}}}]
                """)
        #expect(read?.listeners.first?.tls?.clients?.isRequired == true)
    }

    @Test func `proxies are trusted by address and by network`() throws {
        let (read, codes) = decode(
            listen: "[{address: \"0.0.0.0:8080\", proxy_protocol: true}]",
            more: "trusted_proxies: [10.0.0.0/8, \"::1\"]")
        #expect(codes.isEmpty)
        let configuration = try #require(read)
        #expect(configuration.listeners.first?.takesProxyProtocol == true)
        #expect(
            configuration.edge.trustedProxies.contains(try #require(SocketAddress("10.9.8.7:1"))))
        #expect(configuration.edge.trustedProxies.contains(try #require(SocketAddress("[::1]:1"))))
        #expect(
            !configuration.edge.trustedProxies.contains(try #require(SocketAddress("11.0.0.1:1"))))
    }

    @Test func `a name in Via may be given, and local sockets trusted`() {
        let edge = decode(more: "via: gatehouse-eu\ntrusted_proxies: [unix]").configuration?.edge
        #expect(edge?.identifier == "gatehouse-eu")
        #expect(edge?.trustsLocalSockets == true)
        #expect(decode(more: "via: two words").configuration == nil)
        let random = decode().configuration?.edge
        #expect(random?.trustsLocalSockets == false)
        #expect(random?.identifier.hasPrefix("gatehouse-") == true)
    }

    @Test func `an upstream is reached over TLS, with authorities and a certificate of its own`()
        throws
    {
        let (read, codes) = decode(
            upstream: """
                {url: "https://billing.internal:8443", strip_prefix: /api, add_prefix: /v2, \
                tls: {authorities: ca.pem, certificate: c.crt, key: c.key, server_name: billing}, \
                connect_timeout: 250ms, response_timeout: 2m, idle_timeout: 90s, \
                total_timeout: 1h, connections: 10}
                """)
        #expect(codes.isEmpty)
        let upstream = try #require(read?.upstreams.first)
        #expect(upstream.place == .host("billing.internal", port: 8443))
        #expect(upstream.authority == "billing.internal:8443")
        #expect(
            upstream.tls
                == UpstreamTLSConfiguration(
                    authorities: "/etc/gatehouse/ca.pem",
                    identity: IdentityFiles(
                        certificate: "/etc/gatehouse/c.crt", key: "/etc/gatehouse/c.key"),
                    serverName: "billing"))
        #expect(upstream.stripPrefix == "/api")
        #expect(upstream.addPrefix == "/v2")
        #expect(upstream.connectTimeout == .milliseconds(250))
        #expect(upstream.responseTimeout == .seconds(120))
        #expect(upstream.idleTimeout == .seconds(90))
        #expect(upstream.totalTimeout == .seconds(3600))
        #expect(upstream.connections == 10)
    }

    @Test func `the name of an upstream's certificate is the host of its address`() {
        #expect(
            decode(upstream: "{url: \"https://10.0.0.7\"}").configuration?.upstreams.first?.tls
                == UpstreamTLSConfiguration(serverName: "10.0.0.7"))
    }

    @Test func `an upstream may be a socket in the file system`() {
        let upstream = decode(upstream: "{url: \"unix:run/app.sock\"}").configuration?.upstreams
            .first
        #expect(upstream?.place == .unix("/etc/gatehouse/run/app.sock"))
        #expect(upstream?.authority == "localhost")
    }

    @Test func `the end of the process has a delay and a time`() {
        #expect(
            decode(more: "shutdown: {delay: 5s, timeout: 1m}").configuration?.shutdown
                == ShutdownConfiguration(delay: .seconds(5), timeout: .seconds(60)))
        #expect(decode().configuration?.shutdown == ShutdownConfiguration())
    }

    @Test(arguments: [
        ("[{address: \"0.0.0.0:1\", proxy_protocol: true}]", "proxy-protocol-untrusted"),
        ("[{address: \"0.0.0.0:1\", proxy_protocol: yes}]", "wrong-value"),
        ("[{address: \"0.0.0.0:1\", tls: {}}]", "missing-key"),
        ("[{address: \"0.0.0.0:1\", tls: {certificate: a}}]", "missing-key"),
        ("[{address: \"0.0.0.0:1\", tls: {certificates: []}}]", "wrong-type"),
        ("[{address: \"0.0.0.0:1\", tls: {certificate: a, key: b, cert: c}}]", "unknown-key"),
        (
            "[{address: \"0.0.0.0:1\", tls: {certificate: a, key: b, client_certificates: {}}}]",
            "missing-key"
        ),
        ("[{address: \"0.0.0.0:1\"}, {address: \"0.0.0.0:1\"}]", "duplicate"),
    ])
    func `a listener with a fault is an error`(_ listen: String, _ code: String) {
        let (read, codes) = decode(listen: listen)
        #expect(read == nil)
        #expect(codes.contains(code), "\(codes)")
    }

    @Test(arguments: [
        ("{url: \"http://a\", tls: {}}", "tls-without-https"),
        ("{url: \"unix:/a\", tls: {}}", "tls-without-https"),
        ("{url: \"https://a\", tls: {certificate: c}}", "missing-key"),
        ("{url: \"https://a\", tls: {server_name: \"a:1\"}}", "wrong-value"),
        ("{url: \"https://a\", tls: {verify: false}}", "unknown-key"),
        ("{url: \"http://a\", strip_prefix: api}", "wrong-value"),
        ("{url: \"http://a\", strip_prefix: [/api]}", "wrong-value"),
        ("{url: \"http://a\", strip_prefix: /api/}", "wrong-value"),
        ("{url: \"http://a\", add_prefix: /a/../b}", "wrong-value"),
        ("{url: \"http://a\", add_prefix: \"/a?b\"}", "wrong-value"),
        ("{url: \"http://a\", connections: 0}", "wrong-value"),
        ("{url: \"http://a\", total_timeout: 8d}", "wrong-value"),
        ("{url: \"http://a\", targets: []}", "not-supported-yet"),
    ])
    func `an upstream with a fault is an error`(_ upstream: String, _ code: String) {
        let (read, codes) = decode(upstream: upstream)
        #expect(read == nil)
        #expect(codes.contains(code), "\(codes)")
    }

    @Test func `a PROXY header is believed only of those who are trusted on such a listener`() {
        let (local, remote) = ("unix:/run/g.sock", "0.0.0.0:1")
        for (address, trusted, isGood) in [
            (local, "[unix]", true), (local, "[10.0.0.0/8]", false), (remote, "[unix]", false),
            (remote, "[10.0.0.0/8]", true), (local, "[]", false),
        ] {
            let (read, codes) = decode(
                listen: "[{address: \"\(address)\", proxy_protocol: true}]",
                more: "trusted_proxies: \(trusted)")
            #expect((read != nil) == isGood, "\(address) \(trusted)")
            #expect(codes.contains("proxy-protocol-untrusted") != isGood)
        }
    }

    @Test(arguments: ["[10.0.0.1/8]", "[everybody]", "[\"*\"]", "[10.0.0.0/33]", "[\"\"]", "all"])
    func `what is no address is not trusted`(_ list: String) {
        #expect(decode(more: "trusted_proxies: \(list)").configuration == nil)
    }
}
