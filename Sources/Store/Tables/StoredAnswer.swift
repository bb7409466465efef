package import Values

/// An answer that was given once and is given again to the same question.
package struct StoredAnswer: Equatable, Sendable {
    /// The status code.
    package let status: Int
    /// The header fields that belong to the answer, such as `Location`.
    package let headers: HeaderList
    /// The body.
    package let body: [UInt8]

    /// An answer to keep.
    package init(status: Int, headers: HeaderList, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The fields as lines `Name: value`; neither part can hold a line break.
    var headerLines: String {
        headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    }

    /// The fields of such lines.
    static func headers(ofLines lines: String) -> HeaderList {
        var headers = HeaderList()
        for line in lines.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append(String(line[..<colon]), String(value))
        }
        return headers
    }
}
