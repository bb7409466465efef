/// An opaque identifier given by Logto or by us, compared by its bytes.
package protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identifier as it came.
    var text: String { get }

    /// Wraps an identifier; nothing is changed and nothing is checked.
    init(_ text: String)
}

extension Identifier {
    package static func == (left: Self, right: Self) -> Bool {
        left.text.isExactly(right.text)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        ExactText(text).hash(into: &hasher)
    }

    package var description: String { text }
}

/// The subject of a token: a person's id, or a machine's client id.
package struct UserID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// An organization of the tenant.
package struct OrganizationID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }

    /// Whether the text may stand in a path as an organization: 1 to 64 of `A-Z a-z 0-9 _ -`.
    package static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isValidByte)
    }

    /// Whether the byte may occur in an organization that a request names.
    package static func isValidByte(_ byte: UInt8) -> Bool { byte.isOrganizationByte }
}

extension UInt8 {
    /// Whether the byte may stand in an organization's id. Inlined into other modules.
    @inlinable @inline(__always)
    package var isOrganizationByte: Bool {
        (self | 0x20) &- 0x61 < 26 || self &- 0x30 < 10 || self == 0x5F || self == 0x2D
    }
}

/// The application that a token was issued to.
package struct ClientID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The `kid` of a signing key.
package struct KeyID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The name of one request, in its answer, its log lines and upstream.
package struct RequestID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}
