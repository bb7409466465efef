import Documents
import JOSE
import System
import Values

/// The folder where each issuer's keys are saved, one file for each issuer, so that a restart
/// serves while the issuer is down.
///
/// SECURITY: a file here must never extend trust. It counts only if nobody else can have written
/// it, only for its own issuer, only as long as keys may be used after the fetch that it was
/// written for, and its keys meet the rules of fetched ones. Its ETag and address are notes for
/// people: the first fetch asks discovery, and asks for the whole document.
package struct SavedKeys: Hashable, Sendable {
    /// The folder. It is not made here: who makes it says who may write it.
    package let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    /// What is in one file.
    struct Copy: Equatable, Sendable {
        let issuer: String
        let keysURL: String
        /// When the fetch began that gave or confirmed the document.
        let fetchedAt: UnixTime
        let etag: String?
        let document: [UInt8]
    }

    /// What came of looking for a copy.
    enum Loaded: Sendable {
        case absent
        case usable(Copy, KeySet, [KeyProblem], age: Duration)
        case ignored(GuardedFile.Distrust)
    }

    /// Bytes of a file that are read: a document of the greatest length, escaped, and the rest.
    static let maxBytes = 1_024 * 1_024

    /// The file of an issuer: the issuer as far as it can be read in a name, and a digest that
    /// tells names apart that read alike. The file says itself whose it is.
    func path(of issuer: String) -> String {
        let readable = issuer.utf8.drop { $0 != UInt8(ascii: "/") }.prefix(96).map { byte in
            PercentEncoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
                ? Character(UnicodeScalar(byte)) : "-"
        }
        // FNV-1a.
        let digest = issuer.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        let digits = String(digest, radix: 16)
        let padding = String(repeating: "0", count: 16 - digits.count)
        return "\(folder)/keys\(String(readable))-\(padding)\(digits).json"
    }

    /// Reads the copy of an issuer, and checks all of it. Blocks.
    func load(_ issuer: String, now: UnixTime, settings: KeyRefreshSettings) -> Loaded {
        do throws(GuardedFile.Distrust) {
            let path = path(of: issuer)
            guard FileSystem.facts(path, followsLinks: false) != nil else { return .absent }
            try GuardedFile.checkFolder(folder)
            guard
                let bytes = try GuardedFile.read(
                    path, maxBytes: Self.maxBytes, forbidden: GuardedFile.others, mustBeOurs: true)
            else { return .absent }
            let copy = try Self.decode(bytes)
            guard copy.issuer.isExactly(issuer) else {
                throw Self.distrust("it holds the keys of another issuer")
            }
            guard Discovery.isHome(copy.keysURL, of: issuer) else {
                throw Self.distrust("its keys are of another host")
            }
            let age = try Self.age(of: copy, now, settings)
            guard copy.document.count <= settings.maxBytes else {
                throw Self.distrust("its key set is too large")
            }
            let keys: (keys: KeySet, problems: [KeyProblem])
            do throws(KeySetFailure) {
                keys = try KeySet.parse(copy.document)
            } catch {
                throw Self.distrust(error.description)
            }
            return .usable(copy, keys.keys, keys.problems, age: age)
        } catch {
            return .ignored(error)
        }
    }

    /// Writes a copy over the one before. Blocks.
    func save(_ copy: Copy) throws(GuardedFile.Distrust) {
        // A copy in a folder that others may write would not be used: say so now.
        try GuardedFile.checkFolder(folder)
        do throws(FileFailure) {
            try FileSystem.writeAtomically(
                path(of: copy.issuer), Self.encode(copy), mode: 0o600)
        } catch {
            // The kernel's words alone: the name of the file that was tried differs each time.
            let reason =
                switch error {
                case .system(let failure): "\(failure.call): \(failure.reason)"
                case .notFound: "the folder \(folder) takes no files"
                default: error.description
                }
            throw GuardedFile.Distrust(
                reason: reason, remedy: "see that \(folder) can be written and has room")
        }
    }

    /// Removes the copy of an issuer; whether none is there any more. Blocks.
    func remove(_ issuer: String) -> Bool {
        let path = path(of: issuer)
        FileSystem.remove(path)
        return FileSystem.facts(path, followsLinks: false) == nil
    }

    private static func age(
        of copy: Copy, _ now: UnixTime, _ settings: KeyRefreshSettings
    ) throws(GuardedFile.Distrust) -> Duration {
        let (milliseconds, overflow) = now.milliseconds.subtractingReportingOverflow(
            copy.fetchedAt.milliseconds)
        let age = Duration.milliseconds(milliseconds)
        guard !overflow, age >= .zero - settings.clockLeeway else {
            throw GuardedFile.Distrust(
                reason: "it was written in the future",
                remedy: "set the clock of this machine; if it is right, remove the file")
        }
        guard age <= settings.maxStale else {
            throw GuardedFile.Distrust(
                reason:
                    "its keys were fetched \(age / .seconds(1)) s ago, longer than keys are used",
                remedy: "none is needed: it is replaced after the next fetch")
        }
        return max(age, .zero)
    }

    private static func distrust(_ reason: String) -> GuardedFile.Distrust {
        GuardedFile.Distrust(
            reason: reason, remedy: "remove it; a new one is written after the next fetch")
    }
}

// MARK: The file

extension SavedKeys {
    private static let version: Int64 = 1

    private static func encode(_ copy: Copy) -> [UInt8] {
        let object: JSONObject = [
            "version": .integer(version),
            "issuer": .string(copy.issuer),
            "keys_url": .string(copy.keysURL),
            "fetched_at_milliseconds": .integer(copy.fetchedAt.milliseconds),
            "etag": copy.etag.map { .string($0) } ?? .null,
            // As text, so that it stays byte for byte what the issuer sent.
            "document": .string(String(decoding: copy.document, as: UTF8.self)),
        ]
        return JSONWriter.write(object) + [UInt8(ascii: "\n")]
    }

    private static func decode(_ bytes: [UInt8]) throws(GuardedFile.Distrust) -> Copy {
        let value: JSONValue
        do {
            value = try JSONReader.read(
                bytes, limits: JSONReader.Limits(depth: 4, bytes: Self.maxBytes))
        } catch {
            throw distrust("it is not whole: \(error.description)")
        }
        guard value["version"]?.integerValue == version,
            let issuer = value["issuer"]?.stringValue, let url = value["keys_url"]?.stringValue,
            let time = value["fetched_at_milliseconds"]?.integerValue,
            let document = value["document"]?.stringValue
        else { throw distrust("it lacks a member, or is of another version") }
        return Copy(
            issuer: issuer, keysURL: url, fetchedAt: UnixTime(milliseconds: time),
            etag: value["etag"]?.stringValue, document: Array(document.utf8))
    }
}
