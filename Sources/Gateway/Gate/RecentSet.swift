/// What was added lately: bounded, and found in the time of one look however much it holds.
///
/// Of elements that whoever sends requests can choose, the older ones go first; at least half of the
/// capacity is always remembered.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private var recent: Set<Element> = []
    private var earlier: Set<Element> = []
    private let half: Int

    /// - Parameter capacity: the most elements, at least 2.
    init(capacity: Int) {
        half = max(capacity / 2, 1)
    }

    var count: Int { recent.count + earlier.count }

    func contains(_ element: Element) -> Bool {
        recent.contains(element) || earlier.contains(element)
    }

    mutating func insert(_ element: Element) {
        earlier.remove(element)
        guard recent.insert(element).inserted, recent.count >= half else { return }
        earlier = recent
        recent = []
    }

    mutating func remove(_ element: Element) {
        recent.remove(element)
        earlier.remove(element)
    }
}
