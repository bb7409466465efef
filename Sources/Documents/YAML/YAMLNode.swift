import Values

/// A value of a YAML file and where it stands.
package struct YAMLNode: Sendable {
    /// What a value is.
    package enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    /// What this value is.
    package let content: Content
    /// Where it stands: quotes, brackets and the `|` of a literal scalar included; of a block collection from
    /// its first key or dash to the end of its last value. Empty where nothing is written.
    package let span: SourceSpan

    /// A value at a place.
    package init(content: Content, span: SourceSpan) {
        self.content = content
        self.span = span
    }

    /// The scalar, if this is one.
    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The elements, if this is a sequence.
    package var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The entries in the order of the file, if this is a mapping. No two have the same name.
    package var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of that name, if this is a mapping that has it; names are compared by their bytes.
    package subscript(name: String) -> YAMLNode? {
        entries?.first { $0.name.isExactly(name) }?.value
    }

    /// Whether this is nothing at all, `~` or `null` (unquoted).
    package var isNull: Bool { scalar?.isNull ?? false }
}

/// One `key: value` of a mapping.
package struct YAMLEntry: Sendable {
    /// The key: always a scalar, and text to every reader.
    package let key: YAMLNode
    /// What it is set to; a null scalar where nothing is written.
    package let value: YAMLNode

    /// A key and its value.
    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }

    /// The text of the key.
    package var name: String { key.scalar?.text ?? "" }
}
