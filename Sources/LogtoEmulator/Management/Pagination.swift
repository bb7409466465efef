import Documents
import Values

/// A page of a list, as `page` and `page_size` name it.
struct Pagination {
    let page: Double
    let size: Int

    /// What the query asks for; nil where it asks for nothing.
    init?(_ query: QueryString) throws(LogtoProblem) {
        let page = try Self.value("page", in: query)
        let size = try Self.value("page_size", in: query)
        guard page != nil || size != nil else { return nil }
        self.page = page ?? 1
        let wanted = size ?? 20
        guard wanted <= 100 else { throw .invalidPagination }
        guard let whole = Int(exactly: wanted), self.page < 1e15 else { throw .invalidValue }
        self.size = whole
    }

    /// The first page.
    init() {
        page = 1
        size = 20
    }

    /// The elements of this page.
    func slice<Element>(_ elements: [Element]) -> ArraySlice<Element> {
        let start = min(Int(max(0, (page - 1) * Double(size))), elements.count)
        return elements[start..<min(start + size, elements.count)]
    }

    /// The lines of `Link`: addresses without `/api`, as a real Logto gives them.
    func links(total: Int, address: String, query: QueryString) -> [String] {
        let last = max(1, (total + size - 1) / size)
        var pages: [(Double, String)] = [(1, "first")]
        if page > 1 { pages.append((page - 1, "prev")) }
        pages.append((Double(last), "last"))
        if page < Double(last) { pages.append((page + 1, "next")) }
        return pages.map { number, relation in
            let text = Int(exactly: number).map(String.init) ?? "\(number)"
            let target = query.setting("page", to: text).text
            return "<\(address)?\(target)>; rel=\"\(relation)\""
        }
    }

    /// A parameter as a positive number; an empty one counts as not given.
    private static func value(
        _ name: String, in query: QueryString
    ) throws(LogtoProblem) -> Double? {
        let values = query.all(name)
        guard values.count <= 1 else { throw .invalidPagination }
        guard let text = values.first, !text.isEmpty else { return nil }
        guard let number = scriptNumber(text), number > 0 else { throw .invalidPagination }
        return number
    }

    /// What JavaScript's `Number()` makes of a text; nil where that is not a number.
    static func scriptNumber(_ text: String) -> Double? {
        let trimmed = text.unicodeScalars.drop(while: \.properties.isWhitespace)
            .reversed().drop(while: \.properties.isWhitespace).reversed()
        let word = String(String.UnicodeScalarView(trimmed))
        if word.isEmpty { return 0 }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
        where word.lowercased().hasPrefix(prefix) {
            return UInt64(word.dropFirst(2), radix: radix).map { Double($0) }
        }
        if ["Infinity", "+Infinity"].contains(where: word.isExactly) { return .infinity }
        let allowed = Set("0123456789.eE+-".utf8)
        guard word.utf8.allSatisfy(allowed.contains) else { return nil }
        let digits = word.hasSuffix(".") ? String(word.dropLast()) : word
        let whole = digits.hasPrefix(".") ? "0" + digits : digits
        return Double(whole)
    }
}

extension ManagementRequest {
    /// One page of a list, with `Total-Number` and `Link`.
    func page<Element>(
        of elements: [Element], _ render: (Element) throws(LogtoProblem) -> JSONValue
    ) throws(LogtoProblem) -> Answer {
        let pagination = try Pagination(query) ?? Pagination()
        return try answer(elements, pagination, render)
    }

    /// The whole list where the query names no page, one page otherwise.
    func list<Element>(
        of elements: [Element], _ render: (Element) throws(LogtoProblem) -> JSONValue
    ) throws(LogtoProblem) -> Answer {
        guard let pagination = try Pagination(query) else {
            return .ok(.array(try elements.rendered(render)))
        }
        return try answer(elements, pagination, render)
    }

    /// Refuses a wrong page before the rest of the call is looked at.
    func checkPagination() throws(LogtoProblem) {
        _ = try Pagination(query)
    }

    private func answer<Element>(
        _ elements: [Element], _ pagination: Pagination,
        _ render: (Element) throws(LogtoProblem) -> JSONValue
    ) throws(LogtoProblem) -> Answer {
        let shown = Array(pagination.slice(elements))
        var answer = Answer.ok(.array(try shown.rendered(render)))
        answer.headers.append("Total-Number", "\(elements.count)")
        let links = pagination.links(total: elements.count, address: address, query: query)
        for link in links { answer.headers.append("Link", link) }
        return answer
    }
}

extension Array {
    /// `map` for a function with typed errors.
    func rendered(
        _ render: (Element) throws(LogtoProblem) -> JSONValue
    ) throws(LogtoProblem) -> [JSONValue] {
        var rendered: [JSONValue] = []
        rendered.reserveCapacity(count)
        for element in self { rendered.append(try render(element)) }
        return rendered
    }
}
