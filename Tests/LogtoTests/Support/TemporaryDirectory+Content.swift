import Glibc
import TestSupport

extension TemporaryDirectory {
    /// Sets the permission bits of something in the directory; of itself without a name.
    func change(_ name: String = ".", mode: UInt32) {
        _ = unsafe chmod(self(name), mode)
    }

    /// Gives a file to another user; false where we may not.
    func give(_ name: String, to user: UInt32) -> Bool {
        unsafe chown(self(name), user, user) == 0
    }

    /// The text of a file.
    func text(_ name: String) -> String {
        guard let file = unsafe fopen(self(name), "r") else { return "" }
        defer { unsafe fclose(file) }
        var text: [UInt8] = []
        while case let byte = unsafe fgetc(file), byte >= 0 {
            text.append(UInt8(truncatingIfNeeded: byte))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension String {
    /// The text with each occurrence of another replaced.
    func replacing(_ old: String, by new: String) -> String {
        var (result, rest) = ("", self[...])
        while let range = rest.firstRange(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
