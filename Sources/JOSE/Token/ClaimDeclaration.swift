package import Values

/// A custom claim that decisions may use, with its type. Others are dropped when a token is
/// verified.
package struct ClaimDeclaration: Sendable, Equatable {
    /// What a value must be. Nothing is converted.
    package enum Kind: String, Sendable, CaseIterable {
        case string
        /// A whole number within 64 bits, written without fraction and exponent.
        case int
        /// Any number. A whole one counts up to 2⁵³: JSON writes 1.0 as 1.
        case double
        case bool
        /// Seconds since the epoch (RFC 7519's NumericDate) as a whole number, or RFC 3339.
        case timestamp
        /// A list of at most 256 texts.
        case strings = "list(string)"
    }

    /// What holds where a token lacks the claim.
    package enum Absence: Sendable, Equatable {
        /// It is absent. A decision that needs it ends in a denial.
        case unexpected
        /// It is absent, and conditions may ask whether it is there.
        case optional
        /// It has this value. A malformed claim does not get it.
        case fallback(ClaimValue)
    }

    /// The claim's name, compared byte for byte.
    package let name: String
    /// What a value must be.
    package let kind: Kind
    /// What holds where it is absent.
    package let absence: Absence
    /// The values that it may have; empty: any. Of a list, what each element may be.
    package let oneOf: [ClaimValue]

    /// A declaration.
    package init(
        _ name: String, _ kind: Kind, absence: Absence = .unexpected, oneOf: [ClaimValue] = []
    ) {
        self.name = name
        self.kind = kind
        self.absence = absence
        self.oneOf = oneOf
    }

    package static func == (left: ClaimDeclaration, right: ClaimDeclaration) -> Bool {
        left.name.isExactly(right.name) && left.kind == right.kind
            && left.absence == right.absence && left.oneOf == right.oneOf
    }
}

/// The value of a declared claim.
package enum ClaimValue: Sendable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case timestamp(UnixTime)
    case strings([String])
}

extension ClaimValue: Equatable {
    /// The same kind and value; texts by their bytes.
    package static func == (left: ClaimValue, right: ClaimValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.isExactly(right)
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.strings(let left), .strings(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isExactly($1) }
        case (.string, _), (.int, _), (.double, _), (.bool, _), (.timestamp, _), (.strings, _):
            false
        }
    }
}
