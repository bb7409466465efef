/// Header fields in order, for messages that are values: local services and calls to other services.
///
/// The data plane does not use it: there a head stays bytes and ranges.
package struct HeaderList: Sendable {
    /// One field: the name as written, the value without surrounding white space.
    package typealias Field = (name: String, value: String)

    /// The fields in the order in which they came or are to be sent.
    package private(set) var fields: [Field]

    /// A list of fields, in this order.
    package init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// Adds a field behind the others.
    package mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Removes every field of that name, then adds this one.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    /// Removes every field of that name.
    package mutating func remove(_ name: String) {
        fields.removeAll { Self.isSame($0.name, name) }
    }

    /// The value of the first field of that name, in any case.
    package subscript(_ name: String) -> String? {
        fields.first { Self.isSame($0.name, name) }?.value
    }

    /// The values of all fields of that name, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { Self.isSame($0.name, name) }.map(\.value)
    }

    /// Whether two field names are the same (RFC 9110 § 5.1): ASCII letters without case.
    package static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension HeaderList: ExpressibleByDictionaryLiteral, Equatable {
    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    package static func == (left: HeaderList, right: HeaderList) -> Bool {
        left.fields.count == right.fields.count
            && zip(left.fields, right.fields).allSatisfy {
                $0.name.isExactly($1.name) && $0.value.isExactly($1.value)
            }
    }
}
