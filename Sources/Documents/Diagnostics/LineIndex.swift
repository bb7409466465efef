/// Finds line and column of a byte offset. Built once for a file.
package struct LineIndex: Sendable {
    /// A place as people count: both from 1, columns in Unicode scalars.
    package struct Position: Sendable, Equatable {
        /// The line.
        package let line: Int
        /// The column.
        package let column: Int
    }

    private let file: SourceFile
    /// Where each line begins.
    private let starts: [Int]
    /// The scalars before every 4,096th byte, so that columns of a file of one line are found quickly.
    private let scalars: [Int]
    private static let stride = 4_096

    /// Looks for the line breaks of a file.
    package init(_ file: SourceFile) {
        self.file = file
        var starts = [0]
        let bytes = file.bytes.span
        var scalars: [Int] = []
        var count = 0
        for index in bytes.indices {
            if index.isMultiple(of: Self.stride) { scalars.append(count) }
            if bytes[index] & 0xC0 != 0x80 { count += 1 }
            if bytes[index] == 0x0A { starts.append(index + 1) }
        }
        if bytes.count.isMultiple(of: Self.stride) { scalars.append(count) }
        self.starts = starts
        self.scalars = scalars
    }

    /// The place of a byte; an offset outside of the file is taken to its nearest end.
    package func position(of offset: Int) -> Position {
        let offset = min(max(offset, 0), file.bytes.count)
        let line = line(of: offset)
        let column = scalars(before: offset) - scalars(before: starts[line]) + 1
        return Position(line: line + 1, column: column)
    }

    private func scalars(before offset: Int) -> Int {
        var count = scalars[offset / Self.stride]
        for byte in file.bytes[(offset / Self.stride * Self.stride)..<offset]
        where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// The bytes of a line (from 1) without its line break; nil if there is no such line.
    func bytes(ofLine line: Int) -> Range<Int>? {
        guard line >= 1, line <= starts.count else { return nil }
        let start = starts[line - 1]
        var end = line < starts.count ? starts[line] - 1 : file.bytes.count
        if end > start, file.bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }

    /// The index in `starts` of the line that holds `offset`.
    private func line(of offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
