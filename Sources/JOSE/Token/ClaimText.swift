/// Which texts may be identities. They end in headers, logs and look-ups, so that what has no
/// visible form is refused rather than carried along.
enum ClaimText {
    /// The longest client id is the URL of a client that identifies itself by one.
    private static let longestID = 2048
    private static let longestOrganization = 128
    private static let longestKeyID = 256

    /// A subject or client: not empty, no control characters.
    static func isID(_ text: String) -> Bool {
        (1...longestID).contains(text.utf8.count) && !hasControls(text)
    }

    /// An organization: visible ASCII without spaces. Whether it fits a path is the route's matter.
    static func isOrganization(_ text: String) -> Bool {
        (1...longestOrganization).contains(text.utf8.count) && isVisible(text)
    }

    /// The name of a key: visible ASCII without spaces.
    static func isKeyID(_ text: String) -> Bool {
        (1...longestKeyID).contains(text.utf8.count) && isVisible(text)
    }

    private static func isVisible(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Whether the text has a character of C0, C1 or DEL.
    private static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }
}
