import HTTPProxy
import PolicyEngine
import Transport

extension RequestOrigin {
    /// What a request's connection, and the proxies that are trusted, tell of its origin.
    init(_ request: borrowing NormalizedRequest) {
        var address: String?
        if case .unix = request.client {} else { address = request.client.host }
        let tls = request.tls
        self.init(
            address: address, scheme: "\(request.scheme)", tlsVersion: tls?.version,
            clientSubject: tls?.clientSubject, clientDNSNames: tls?.clientDNSNames ?? [])
    }
}
