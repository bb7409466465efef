import Values

/// Addresses as people write them in `gatehouse.yaml`.
package enum ConfigurationScalars {
    /// The parts of an absolute `http` or `https` address without user, path, query and fragment.
    package struct Origin: Sendable, Equatable {
        package var scheme: String
        /// Host name or address, without brackets.
        package var host: String
        package var port: UInt16
        /// Host and, where it is not the scheme's own, port: what stands in `Host`.
        package var authority: String

        /// Whether the text is this origin as a browser writes it: no slash at the end, lower case.
        package func isOrigin(_ text: String) -> Bool {
            text.isExactly("\(scheme)://\(authority)")
                && text.utf8.allSatisfy { !(65...90).contains($0) }
        }

        /// Whether the host is this machine.
        package var isLoopback: Bool {
            if host == "localhost" || host == "::1" { return true }
            // SECURITY: `127.example.com` is a name that anybody may own.
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    /// Reads `http://host:port`; nil where it is anything else. One slash at the end is allowed.
    package static func origin(_ text: String) -> Origin? {
        let scheme: String
        var rest: Substring
        if text.hasPrefix("http://") {
            scheme = "http"
            rest = text.dropFirst(7)
        } else if text.hasPrefix("https://") {
            scheme = "https"
            rest = text.dropFirst(8)
        } else {
            return nil
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port: UInt16 = scheme == "https" ? 443 : 80
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let after = rest[rest.index(after: end)...]
            guard
                host.utf8.allSatisfy({ $0 == UInt8(ascii: ":") || Hexadecimal.value(of: $0) != nil }
                )
            else { return nil }
            guard let read = readPort(after, standard: port) else { return nil }
            port = read
        } else {
            if let colon = rest.firstIndex(of: ":") {
                guard let read = readPort(rest[colon...], standard: port) else { return nil }
                port = read
                host = rest[..<colon]
            }
            guard host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        return Origin(scheme: scheme, host: String(host), port: port, authority: String(rest))
    }

    private static func readPort(_ text: Substring, standard: UInt16) -> UInt16? {
        guard !text.isEmpty else { return standard }
        guard text.hasPrefix(":"), text.dropFirst().utf8.allSatisfy(isDigit),
            let port = UInt16(text.dropFirst()), port > 0
        else { return nil }
        return port
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        OrganizationID.isValidByte(byte) || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
