package import Values

/// A complete answer. Whatever its status says, the call itself went well.
package struct OutboundResponse: Sendable {
    /// The status, 200 to 999: interim answers are not shown.
    package let status: Int
    /// Header fields in the order in which they came, without trailers.
    package let headers: HeaderList
    /// The body as sent: content codings are never asked for and never undone.
    package let body: [UInt8]

    package init(status: Int, headers: HeaderList, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The media type of the body in lower case, without parameters.
    package var mediaType: String? {
        guard let value = headers["content-type"] else { return nil }
        let type = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return type.drop { $0 == " " }.prefix { $0 != " " }.lowercased()
    }
}
