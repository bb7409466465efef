/// A list with at least one element.
///
/// Logto takes an empty list of roles for "remove them all" in one call and answers 500 in another:
/// what must not be empty cannot be.
package struct NonEmpty<Element: Sendable>: Sendable {
    /// The elements.
    package let elements: [Element]

    package init(_ first: Element, _ others: Element...) {
        elements = [first] + others
    }

    /// The list, or nil if it is empty.
    package init?(_ elements: [Element]) {
        guard !elements.isEmpty else { return nil }
        self.elements = elements
    }
}

extension NonEmpty: Equatable where Element: Equatable {}
