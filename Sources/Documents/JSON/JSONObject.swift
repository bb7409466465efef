import Values

/// The members of a JSON object, in the order in which they were written.
///
/// Names are compared by their bytes. `JSONReader` never returns an object that has a name twice.
package struct JSONObject: Sendable {
    /// The members in order.
    package var members: [(name: String, value: JSONValue)]

    /// An object of these members; the caller sees to it that no name occurs twice.
    package init(_ members: [(name: String, value: JSONValue)] = []) {
        self.members = members
    }

    /// The member of that name: a search from the front, so keep what is asked often elsewhere.
    /// Setting replaces the member or appends one; nil removes it.
    package subscript(name: String) -> JSONValue? {
        get {
            // By index: a member that is only looked at is not copied.
            for index in members.indices where members[index].name.isExactly(name) {
                return members[index].value
            }
            return nil
        }
        set {
            let index = members.firstIndex { $0.name.isExactly(name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// How many members there are.
    package var count: Int { members.count }
    /// Whether there is no member.
    package var isEmpty: Bool { members.isEmpty }
    /// The names in order.
    package var names: [String] { members.map(\.name) }
}

extension JSONObject: Equatable {
    /// Same members, in any order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.members.count == right.members.count else { return false }
        if zip(left.members, right.members).allSatisfy({ $0.name.isExactly($1.name) }) {
            return zip(left.members, right.members).allSatisfy { $0.value == $1.value }
        }
        return zip(left.sorted, right.sorted).allSatisfy {
            $0.name.isExactly($1.name) && $0.value == $1.value
        }
    }

    private var sorted: [(name: String, value: JSONValue)] {
        members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
