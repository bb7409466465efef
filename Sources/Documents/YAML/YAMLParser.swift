/// Why a method of the parser did not return a value; the message has been recorded.
enum YAMLAbort: Error {
    /// Go on with the next line.
    case skipLine
    /// Go on with the line at which the parser stands, from its beginning.
    case thisLine
    /// Read no further.
    case end
}

/// The recursive descent behind `YAMLReader`: a cursor, what was found, and (in extensions) a method per
/// construct.
///
/// It never goes back further than the blank lines behind a plain scalar, so that it takes linear time.
/// After an error it skips what is indented more than the collection that it is in, and goes on.
struct YAMLParser {
    let path: String
    let bytes: [UInt8]
    let limits: YAMLReader.Limits
    /// The next byte to read.
    var position = 0
    /// Where the line of `position` begins.
    var lineStart = 0
    /// Collections open around `position`.
    var depth = 0
    /// The key whose value is being read: the help of some messages depends on it.
    var key: String?
    var diagnostics: [Diagnostic] = []
    var comments: [SourceSpan] = []

    init(_ file: SourceFile, limits: YAMLReader.Limits) {
        path = file.path
        bytes = file.bytes
        self.limits = limits
    }

    /// Reads the whole file.
    mutating func read() -> YAMLDocument {
        var root: YAMLNode?
        if checkText() {
            do throws(YAMLAbort) {
                root = try document()
            } catch {
                // Whatever ended the reading has been recorded.
            }
        }
        return YAMLDocument(
            root: diagnostics.containsError ? nil : root, diagnostics: diagnostics,
            comments: comments)
    }
}

// MARK: Cursor

extension YAMLParser {
    /// The byte at `position` plus `ahead`; 0 behind the end, as no file with a NUL gets here.
    func peek(_ ahead: Int = 0) -> UInt8 {
        let index = position + ahead
        return index < bytes.count ? bytes[index] : 0
    }

    var isAtEnd: Bool { position >= bytes.count }
    /// Bytes between the beginning of the line and `position`.
    var column: Int { position - lineStart }
    var isAtBreak: Bool { Self.isBreak(peek()) }
    var isAtBreakOrEnd: Bool { isAtBreak || isAtEnd }

    static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    /// Whether the byte ends an indicator such as `-` or `:`; the end of the file does.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0
    }

    /// Whether an indicator stands here: this byte, followed by white space.
    func isAtIndicator(_ byte: UInt8) -> Bool { peek() == byte && Self.isBlank(peek(1)) }

    /// Whether a line `---` or `...` stands here.
    var isAtMarker: Bool {
        guard position == lineStart, peek() == UInt8(ascii: "-") || peek() == UInt8(ascii: ".")
        else { return false }
        return peek(1) == peek() && peek(2) == peek() && Self.isBlank(peek(3))
    }

    /// Whether the document ends here.
    var isAtDocumentEnd: Bool { isAtEnd || isAtMarker }

    /// Steps over a line break.
    mutating func takeBreak() {
        position += peek() == 0x0D && peek(1) == 0x0A ? 2 : 1
        lineStart = position
    }

    mutating func skipSpaces() {
        while peek() == 0x20 { position += 1 }
    }

    /// Goes to the end of the line.
    mutating func skipLine() {
        while !isAtBreakOrEnd { position += 1 }
    }

    func span(_ range: Range<Int>) -> SourceSpan { SourceSpan(path: path, range: range) }

    /// The span of the character at `position`.
    var here: SourceSpan {
        var end = position + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return span(min(position, bytes.count)..<min(end, bytes.count))
    }
}

// MARK: Between tokens

extension YAMLParser {
    /// Goes over white space, comments and line breaks to the next content of a block.
    mutating func skipToContent() throws(YAMLAbort) {
        guard diagnostics.count < limits.errors else { throw .end }
        while true {
            let isLineStart = position == lineStart
            skipSpaces()
            if peek() == 0x09 { try tabs(indents: isLineStart) }
            if !takeComment(), !isAtBreakOrEnd { return }
            if isAtEnd { return }
            takeBreak()
        }
    }

    /// Goes over white space on this line.
    mutating func skipBlanks() {
        skipSpaces()
        guard peek() == 0x09 else { return }
        report(tabMessage("a tab between two parts of a line"))
        while peek() == 0x20 || peek() == 0x09 { position += 1 }
    }

    /// Takes a comment, if one begins here.
    mutating func takeComment() -> Bool {
        guard peek() == UInt8(ascii: "#") else { return false }
        guard position == lineStart || Self.isBlank(bytes[position - 1]) else { return false }
        let start = position
        skipLine()
        comments.append(span(start..<position))
        return true
    }

    /// Goes to the first line that is not indented more than `column`.
    ///
    /// What an error leaves behind is skipped with it: it would only give messages about the message.
    mutating func recover(from abort: YAMLAbort, to column: Int) throws(YAMLAbort) {
        guard abort != .end, diagnostics.count < limits.errors else { throw .end }
        if abort == .skipLine {
            skipLine()
            if !isAtEnd { takeBreak() }
        }
        while !isAtEnd {
            position = lineStart
            if isAtMarker { return }
            skipSpaces()
            let isBlankLine = isAtBreakOrEnd || peek() == UInt8(ascii: "#")
            if !isBlankLine, self.column <= column {
                position = lineStart
                return
            }
            skipLine()
            if !isAtEnd { takeBreak() }
        }
    }

    /// Goes to the beginning of the first line, from this one on, that looks like an entry of a block: what
    /// comes before it belongs to the brackets or quotes that were not closed.
    mutating func goToNextEntry() {
        while !isAtEnd {
            position = lineStart
            if isAtMarker { return }
            skipSpaces()
            var isEntry = isAtIndicator(UInt8(ascii: "-"))
            while !isAtBreakOrEnd {
                if isAtIndicator(UInt8(ascii: ":")) { isEntry = true }
                position += 1
            }
            if isEntry {
                position = lineStart
                return
            }
            if !isAtEnd { takeBreak() }
        }
    }

    /// Counts a collection that begins; the caller counts it off again.
    mutating func enter() throws(YAMLAbort) {
        // SECURITY: without this a file of brackets or dashes overflows the stack.
        guard depth < min(limits.depth, YAMLReader.Limits.deepest) else {
            report(
                .error(
                    "yaml-depth",
                    "lists and mappings are nested more than \(min(limits.depth, 64)) deep",
                    at: here))
            throw .end
        }
        depth += 1
    }

    mutating func report(_ diagnostic: Diagnostic) {
        guard diagnostics.count < limits.errors else { return }
        diagnostics.append(diagnostic)
    }
}

// MARK: Document

extension YAMLParser {
    private mutating func document() throws(YAMLAbort) -> YAMLNode? {
        try skipToContent()
        while position == lineStart, peek() == UInt8(ascii: "%") {
            report(
                .error(
                    "yaml-directive", "`%` at the beginning of a file is a directive", at: here,
                    help: "remove this line; files are read by one version of YAML"))
            skipLine()
            try skipToContent()
        }
        if isAtMarker, peek() == UInt8(ascii: "-") {
            position += 3
            try finishMarker()
        }
        guard !isAtDocumentEnd else {
            if diagnostics.isEmpty {
                report(.error("yaml-empty", "the file holds nothing", at: here))
            }
            return nil
        }
        let root: YAMLNode?
        do throws(YAMLAbort) {
            root = try value(parent: -1, place: .ownLine)
        } catch {
            root = nil
            try recover(from: error, to: -1)
        }
        try skipToContent()
        if isAtMarker, peek() == UInt8(ascii: ".") {
            position += 3
            try finishMarker()
            if !isAtEnd { report(severalDocuments) }
        } else if isAtMarker {
            report(severalDocuments)
        } else if !isAtEnd {
            report(
                .error(
                    "yaml-indentation", "this line is indented less than what it should belong to",
                    at: here, help: "begin it in the column of the first key of the file"))
        }
        return root
    }

    private mutating func finishMarker() throws(YAMLAbort) {
        skipBlanks()
        if !takeComment(), !isAtBreakOrEnd {
            report(
                .error(
                    "yaml-documents", "text behind the mark of a document", at: here,
                    help: "begin it on the next line"))
            skipLine()
        }
        try skipToContent()
    }

    private var severalDocuments: Diagnostic {
        .error(
            "yaml-documents", "the file holds more than one document", at: here,
            help: "write each document to a file of its own")
    }
}
