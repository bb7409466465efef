import Values

/// A thing with an id, kept in a `Table`.
protocol Row: Sendable {
    /// The id under which the row is found, compared by its bytes.
    var id: String { get }
}

/// Rows by id: what the database of a real Logto would hold.
struct Table<Element: Row>: Sendable {
    private var rows: [ExactText: Element] = [:]

    /// The row of that id.
    subscript(_ id: String) -> Element? { rows[ExactText(id)] }

    /// Whether there is a row of that id.
    func contains(_ id: String) -> Bool { rows[ExactText(id)] != nil }

    /// All rows by id: the order of nearly every list that Logto gives.
    var sorted: [Element] {
        rows.sorted { $0.key < $1.key }.map(\.value)
    }

    /// All rows in no order.
    var all: some Collection<Element> { rows.values }

    /// Adds or replaces a row.
    mutating func put(_ row: Element) {
        rows[ExactText(row.id)] = row
    }

    /// Removes a row, and says whether there was one.
    @discardableResult
    mutating func remove(_ id: String) -> Bool {
        rows.removeValue(forKey: ExactText(id)) != nil
    }

    /// Removes every row that answers to a condition, and gives their ids.
    @discardableResult
    mutating func removeAll(where condition: (Element) -> Bool) -> [String] {
        let gone = rows.values.filter(condition).map(\.id)
        for id in gone { rows.removeValue(forKey: ExactText(id)) }
        return gone
    }
}

/// A member of an organization: a person or an application in it.
struct Seat: Hashable, Sendable {
    let organization: ExactText
    let holder: ExactText

    init(_ organization: String, _ holder: String) {
        self.organization = ExactText(organization)
        self.holder = ExactText(holder)
    }
}

/// Pairs of ids, such as "this organization has that member".
struct Relation<Left: Hashable & Sendable>: Sendable {
    private var pairs: [Left: Set<ExactText>] = [:]

    /// Whether the pair is there.
    func contains(_ left: Left, _ right: String) -> Bool {
        pairs[left]?.contains(ExactText(right)) ?? false
    }

    /// What is paired with a left side, by id.
    func rights(of left: Left) -> [String] {
        (pairs[left] ?? []).sorted().map(\.text)
    }

    /// The left sides that are paired with a right side, in no order.
    func lefts(of right: String) -> [Left] {
        let wanted = ExactText(right)
        return pairs.filter { $0.value.contains(wanted) }.map(\.key)
    }

    /// Adds a pair; adding it twice changes nothing.
    mutating func insert(_ left: Left, _ right: String) {
        pairs[left, default: []].insert(ExactText(right))
    }

    /// Removes a pair, and says whether it was there.
    @discardableResult
    mutating func remove(_ left: Left, _ right: String) -> Bool {
        pairs[left]?.remove(ExactText(right)) != nil
    }

    /// Makes these the only pairs of a left side.
    mutating func replace(_ left: Left, with rights: [String]) {
        pairs[left] = Set(rights.map(ExactText.init))
    }

    /// Removes every pair of a left side.
    mutating func removeAll(of left: Left) {
        pairs.removeValue(forKey: left)
    }

    /// Removes every pair of a right side.
    mutating func removeEverywhere(_ right: String) {
        for left in lefts(of: right) { remove(left, right) }
    }

    /// Removes every pair whose left side answers to a condition.
    mutating func removeAll(where condition: (Left) -> Bool) {
        for left in pairs.keys where condition(left) { pairs.removeValue(forKey: left) }
    }
}

extension Relation where Left == ExactText {
    func contains(_ left: String, _ right: String) -> Bool { contains(ExactText(left), right) }
    func rights(of left: String) -> [String] { rights(of: ExactText(left)) }
    mutating func insert(_ left: String, _ right: String) { insert(ExactText(left), right) }
    @discardableResult
    mutating func remove(_ left: String, _ right: String) -> Bool { remove(ExactText(left), right) }
    mutating func replace(_ left: String, with rights: [String]) {
        replace(ExactText(left), with: rights)
    }
    mutating func removeAll(of left: String) { removeAll(of: ExactText(left)) }
}
