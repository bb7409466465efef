package import Documents
import Values

/// The declared custom claims of one token, each read by its declaration.
package struct DeclaredClaims: Sendable, Equatable {
    /// What a token says about one claim.
    package enum Reading: Sendable, Equatable {
        /// The token lacks it, or it was never declared.
        case absent
        /// It is there, and not what its declaration says. `null` is malformed, too.
        case malformed
        /// Its value, or the declared value of one that is absent.
        case value(ClaimValue)
    }

    /// In the order of the declarations.
    private let readings: [(name: String, reading: Reading)]

    private static let mostElements = 256
    /// 9999-12-31T23:59:59Z: milliseconds that a script takes for seconds are beyond it.
    private static let latest: Int64 = 253_402_300_799
    /// Every whole number up to here is a double.
    private static let largestWhole: Int64 = 1 << 53

    /// Reads the claims of a payload.
    package init(_ members: JSONObject, declared: [ClaimDeclaration]) {
        readings = declared.map { ($0.name, Self.read(members[$0.name], by: $0)) }
    }

    /// What the token says about a claim.
    package subscript(name: String) -> Reading {
        for entry in readings where entry.name.isExactly(name) { return entry.reading }
        return .absent
    }

    package static func == (left: DeclaredClaims, right: DeclaredClaims) -> Bool {
        left.readings.count == right.readings.count
            && zip(left.readings, right.readings).allSatisfy {
                $0.name.isExactly($1.name) && $0.reading == $1.reading
            }
    }

    private static func read(_ value: JSONValue?, by declaration: ClaimDeclaration) -> Reading {
        guard let value else {
            return switch declaration.absence {
            case .unexpected, .optional: .absent
            case .fallback(let value): .value(value)
            }
        }
        guard let read = typed(value, declaration.kind),
            declaration.oneOf.isEmpty || isAllowed(read, among: declaration.oneOf)
        else { return .malformed }
        return .value(read)
    }

    /// The value, where it is of that kind as it stands.
    private static func typed(_ value: JSONValue, _ kind: ClaimDeclaration.Kind) -> ClaimValue? {
        switch (kind, value) {
        case (.string, .string(let text)): .string(text)
        case (.int, .integer(let number)): .int(number)
        case (.double, .double(let number)): .double(number)
        case (.double, .integer(let number))
        where (-largestWhole...largestWhole).contains(number):
            .double(Double(number))
        case (.bool, .bool(let truth)): .bool(truth)
        case (.timestamp, .integer(let seconds)) where (0...latest).contains(seconds):
            .timestamp(UnixTime(seconds: seconds))
        case (.timestamp, .string(let text)): UnixTime(rfc3339: text).map { .timestamp($0) }
        case (.strings, .array(let elements)): strings(elements).map { .strings($0) }
        case (.string, _), (.int, _), (.double, _), (.bool, _), (.timestamp, _), (.strings, _): nil
        }
    }

    private static func strings(_ elements: [JSONValue]) -> [String]? {
        guard elements.count <= mostElements else { return nil }
        var texts: [String] = []
        for element in elements {
            guard let text = element.stringValue else { return nil }
            texts.append(text)
        }
        return texts
    }

    private static func isAllowed(_ value: ClaimValue, among allowed: [ClaimValue]) -> Bool {
        if case .strings(let texts) = value {
            return texts.allSatisfy { allowed.contains(.string($0)) }
        }
        return allowed.contains(value)
    }
}
