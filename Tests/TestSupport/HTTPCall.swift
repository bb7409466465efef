package import Documents
package import Values

/// One request on a connection of its own, and its answer.
package struct HTTPCall: Sendable {
    /// What came back.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: HeaderList
        package let body: String

        /// The body as JSON; null where it is none.
        package var json: JSONValue { (try? JSONReader.read(Array(body.utf8))) ?? .null }
    }

    /// The URL or the answer cannot be understood.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// Sends a request to a URL such as `http://127.0.0.1:8080/path`.
    package static func send(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        let rest = url.dropFirst("http://127.0.0.1:".count)
        let digits = rest.prefix { $0.isNumber }
        guard url.hasPrefix("http://127.0.0.1:"), let port = UInt16(digits) else {
            throw Malformed("`\(url)` is no URL of this machine")
        }
        let target = rest.dropFirst(digits.count)
        var head = "\(method) \(target.isEmpty ? "/" : target) HTTP/1.1\r\n"
        head += "Host: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        let client = try await RawClient.connect(port: port)
        try await client.send(head + "\r\n" + (body ?? ""))
        let bytes = try await client.readToEnd()
        await client.close()
        return try read(bytes)
    }

    private static func read(_ bytes: [UInt8]) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw Malformed("no answer: `\(String(decoding: bytes, as: UTF8.self))`")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n").map(String.init)
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else {
            throw Malformed("`\(lines[0])` is no status line")
        }
        var headers = HeaderList()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.append(
                String(parts[0]), String(parts.last?.drop { $0 == " " } ?? ""))
        }
        var body = Array(bytes[end.upperBound...])
        if headers["Transfer-Encoding"]?.lowercased() == "chunked" {
            body = try joined(body)
        }
        return Answer(
            status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    /// The contents of chunks.
    private static func joined(_ bytes: [UInt8]) throws -> [UInt8] {
        var contents: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<line.lowerBound], as: UTF8.self)
            guard let size = Int(digits, radix: 16), rest.endIndex - line.upperBound >= size + 2
            else { break }
            if size == 0 { return contents }
            contents += rest[line.upperBound..<line.upperBound + size]
            rest = rest[(line.upperBound + size + 2)...]
        }
        throw Malformed("the chunks do not end")
    }
}
