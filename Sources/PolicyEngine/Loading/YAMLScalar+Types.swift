import Documents

extension YAMLScalar {
    /// What YAML reads a plain scalar as, for a message.
    var typeName: String {
        if isNull { return "no value" }
        return asBool == nil ? "a number" : "a truth value"
    }
}
