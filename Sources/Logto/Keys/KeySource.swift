/// Where the keys of an issuer come from.
package enum KeySource: Hashable, Sendable {
    /// From the issuer: its discovery document says where.
    case discovery
    /// From a key set in a file, for a site that cannot reach the issuer. The file is read again
    /// as often as an issuer is asked.
    case file(String)
}
