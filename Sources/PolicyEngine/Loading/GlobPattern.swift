/// A pattern for paths of files: `*` stands for any part of a name, `**` for any folders.
struct GlobPattern {
    private let segments: [[UInt8]]

    init(_ text: String) {
        segments = Self.split(text)
    }

    /// Whether the path, relative to the folder that the pattern is relative to, fits.
    func matches(_ path: String) -> Bool {
        Self.matches(segments[...], Self.split(path)[...])
    }

    /// A path relative to a folder with `.` and `..` resolved; nil where it leaves the root.
    static func resolve(_ path: String, from folder: String) -> String? {
        var segments: [Substring] = folder.split(separator: "/")
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." {
                guard segments.popLast() != nil else { return nil }
            } else {
                segments.append(segment)
            }
        }
        return segments.joined(separator: "/")
    }

    /// The folder of a file; empty for one at the root.
    static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private static func split(_ text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
    }

    private static func matches(
        _ pattern: ArraySlice<[UInt8]>,
        _ path: ArraySlice<[UInt8]>
    ) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first.elementsEqual("**".utf8) {
            return (path.startIndex...path.endIndex).contains { start in
                matches(pattern.dropFirst(), path[start...])
            }
        }
        guard let name = path.first, matches(first[...], name[...]) else { return false }
        return matches(pattern.dropFirst(), path.dropFirst())
    }

    /// Greedy with one point to go back to, so that the cost is bounded by the product of the lengths.
    private static func matches(
        _ pattern: ArraySlice<UInt8>,
        _ name: ArraySlice<UInt8>
    ) -> Bool {
        var (here, there) = (pattern.startIndex, name.startIndex)
        var retry: (pattern: Int, name: Int)?
        while there < name.endIndex {
            if here < pattern.endIndex, pattern[here] == UInt8(ascii: "*") {
                retry = (here + 1, there)
                here += 1
            } else if here < pattern.endIndex, pattern[here] == name[there] {
                here += 1
                there += 1
            } else if let point = retry {
                retry = (point.pattern, point.name + 1)
                here = point.pattern
                there = point.name + 1
            } else {
                return false
            }
        }
        return pattern[here...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
