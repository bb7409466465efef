import Documents
import HTTPProxy
import Values

/// The metadata of this protected resource (RFC 9728): where clients get tokens, and for what.
///
/// `resource` is what a client names when it asks Logto for a token: the indicator of the API
/// resource. One whose indicator has a path has a document of its own behind that path (§ 3.1).
/// `scopes_supported` is left out: to everybody it would list what the policies are about.
final class MetadataService: LocalService {
    let bodyLimit = 0

    /// The document of one API resource.
    private struct Entry {
        /// The path behind the well-known one; empty for a resource without a path.
        let suffix: String
        /// The host of the indicator, with its port.
        let authority: String
        let body: [UInt8]
    }

    private let entries: [Entry]
    private let paths: [[UInt8]]
    /// For the path without a suffix where every resource has one.
    private let first: [UInt8]?
    private let issuers: [String]

    /// - Parameters:
    ///   - issuers: every accepted issuer, the tenant's own first.
    ///   - audiences: the accepted API resource indicators, in the operator's order.
    init(issuers: [String], audiences: [String]) {
        self.issuers = issuers
        first = audiences.first.map { Self.document($0, issuers) }
        entries = audiences.compactMap { audience in
            guard let place = Self.place(of: audience) else { return nil }
            return Entry(
                suffix: place.path, authority: place.authority,
                body: Self.document(audience, issuers))
        }
        paths = ([""] + entries.map(\.suffix)).map {
            Array((RefusalTemplate.metadataPath + $0).utf8)
        }
    }

    /// Whether a path is that of a document.
    func stands(at path: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        for wanted in paths where PolicyGate.stands(wanted, at: path, in: bytes) { return true }
        return false
    }

    /// The document at a path, for a client that calls us by this host and scheme.
    ///
    /// Of several resources with that path the one counts whose host this is, else the first. A
    /// gateway that takes organization tokens alone has no indicator: its own address stands there.
    func document(at path: String, host: String?, isSecure: Bool) -> [UInt8] {
        let suffix = String(path.dropFirst(RefusalTemplate.metadataPath.count))
        let fitting = entries.filter { $0.suffix.isExactly(suffix) }
        let named = fitting.first { entry in
            host.map { HeaderList.isSame(entry.authority, $0) } ?? false
        }
        return named?.body ?? fitting.first?.body ?? first
            ?? Self.document(host.map { (isSecure ? "https://" : "http://") + $0 }, issuers)
    }

    func respond(to request: LocalRequest, _ responder: consuming Responder) {
        responder.answer(
            LocalResponse(
                status: 200,
                headers: [
                    "Content-Type": "application/json", "Cache-Control": "max-age=3600",
                    "Access-Control-Allow-Origin": "*",
                ],
                body: document(
                    at: request.path, host: request.headers["Host"], isSecure: request.isSecure)))
    }

    private static func document(_ resource: String?, _ issuers: [String]) -> [UInt8] {
        var members: JSONObject = [:]
        if let resource { members["resource"] = .string(resource) }
        members["authorization_servers"] = .array(issuers.map { .string($0) })
        members["bearer_methods_supported"] = ["header"]
        return JSONWriter.write(members)
    }

    /// Host and path of an indicator that is the address of a web resource; a slash that ends the
    /// host is no path. Nil for any other, and for one with a query.
    private static func place(of indicator: String) -> (authority: String, path: String)? {
        guard let scheme = ["https://", "http://"].first(where: { indicator.hasPrefix($0) }),
            indicator.utf8.allSatisfy({ $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { return nil }
        let rest = indicator.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        return (String(authority), path == "/" ? "" : String(path))
    }
}
