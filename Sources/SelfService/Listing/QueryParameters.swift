import Values

/// The parameters of a query: each is known and given once, or the request is refused. So a
/// misspelt filter never becomes a list without one.
struct QueryParameters: Equatable, Sendable {
    private var values: [String: String] = [:]

    /// Reads a query.
    ///
    /// - Parameters:
    ///   - query: as sent, without its question mark.
    ///   - names: the parameters of this route.
    init(_ query: String?, names: [String]) throws(Problem) {
        guard let query, !query.isEmpty else { return }
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = names.first(where: String(parts[0]).isExactly),
                values[name] == nil, let value = Self.decoded(parts[1])
            else { throw Problem(.queryInvalid) }
            values[name] = value
        }
    }

    /// The value of a parameter, if it was given.
    subscript(name: String) -> String? { values[name] }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.value(of:)),
                let low = rest.popFirst().flatMap(Hexadecimal.value(of:))
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
