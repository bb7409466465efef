/// PostgreSQL's `ILIKE`: `%` is any text, `_` any character, letters match in any case.
struct LikePattern {
    private enum Part: Equatable {
        case anything
        case oneCharacter
        case scalar(Unicode.Scalar)
    }

    private let parts: [Part]

    /// A pattern as given; `\` takes the meaning from what follows.
    init(_ pattern: String) {
        var parts: [Part] = []
        var isEscaped = false
        for scalar in pattern.lowercased().unicodeScalars {
            if isEscaped {
                parts.append(.scalar(scalar))
                isEscaped = false
                continue
            }
            switch scalar {
            case "\\": isEscaped = true
            case "%": if parts.last != .anything { parts.append(.anything) }
            case "_": parts.append(.oneCharacter)
            default: parts.append(.scalar(scalar))
            }
        }
        self.parts = parts
    }

    /// A pattern that finds a text anywhere inside: what `q` means.
    init(containing text: String) {
        self.init("%\(text)%")
    }

    /// Whether the whole text fits. Takes at most pattern × text steps.
    func matches(_ text: String?) -> Bool {
        guard let text else { return false }
        let scalars = Array(text.lowercased().unicodeScalars)
        var (index, part) = (0, 0)
        var restart: (index: Int, part: Int)?
        while index < scalars.count {
            if part < parts.count, parts[part] == .anything {
                part += 1
                restart = (index, part)
            } else if part < parts.count, fits(parts[part], scalars[index]) {
                index += 1
                part += 1
            } else if let back = restart {
                index = back.index + 1
                part = back.part
                restart = (index, part)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anything }
    }

    private func fits(_ part: Part, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .anything: false
        case .oneCharacter: true
        case .scalar(let wanted): wanted == scalar
        }
    }
}
