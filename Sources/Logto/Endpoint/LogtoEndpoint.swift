import Values

/// Where a Logto tenant answers, and everything that follows from it.
///
/// `https://acme.logto.app`, or with a path where one host serves several tenants. The address is
/// taken as it is written: issuers are compared byte for byte, so another spelling would be another
/// tenant.
package struct LogtoEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// Why an address cannot be an endpoint.
    package enum Rejection: String, Error, Sendable, CaseIterable {
        case scheme = "it must begin with https://, or with http:// on this machine alone"
        case host = "its host must be a lower-case name or an address"
        case port = "its port must be a number from 1 to 65535"
        case path = "its path must consist of plain segments, without a slash at the end"
    }

    /// The address, without a slash at the end.
    package let url: String
    /// The host without its port; an IPv6 address in brackets.
    package let host: String
    /// Scheme, host and port.
    package let origin: String

    /// - Throws: why the text is no endpoint.
    package init(_ text: String) throws(Rejection) {
        let address = try WebAddress(text)
        guard !text.hasSuffix("/"), address.hasPlainPath else { throw .path }
        url = text
        host = address.host
        origin = address.origin
    }

    /// The issuer of the tenant's tokens.
    package var issuer: String { url + "/oidc" }

    /// Where tokens are had.
    package var tokenURL: String { issuer + "/token" }

    /// Where the Management API is.
    package var managementURL: String { url + "/api" }

    /// The resource indicator that stands for the Management API: of its own on Logto Cloud, one
    /// name for every other tenant.
    package var defaultManagementResource: String {
        host.hasSuffix(".logto.app") ? "https://\(host)/api" : "https://default.logto.app/api"
    }

    package var description: String { url }
}

extension LogtoEndpoint {
    package static func == (left: LogtoEndpoint, right: LogtoEndpoint) -> Bool {
        left.url.isExactly(right.url)
    }

    package func hash(into hasher: inout Hasher) { ExactText(url).hash(into: &hasher) }
}
