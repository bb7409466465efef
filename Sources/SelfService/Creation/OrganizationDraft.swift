import Documents
import Values

/// The body of `POST /organizations`, checked: nothing else of it goes any further.
struct OrganizationDraft: Equatable, Sendable {
    /// Trimmed, 1 to 128 UTF-16 units, as Logto counts.
    let name: String
    /// 1 to 256 UTF-16 units, or none.
    let description: String?
    /// The product's own data; empty where none was given.
    let metadata: JSONObject

    static let maxBodyBytes = 16 << 10
    static let maxMetadataBytes = 8 << 10

    /// Reads and checks a body; all errors are reported together.
    static func read(_ request: ActionRequest) throws(Problem) -> OrganizationDraft {
        guard request.body.count <= maxBodyBytes else { throw Problem(.bodyTooLarge) }
        guard isJSON(request.contentType) else { throw Problem(.contentTypeUnsupported) }
        guard case .object(let body)? = try? JSONReader.read(request.body) else {
            throw Problem(.bodyMalformed)
        }
        return try read(body)
    }

    /// The same content gives the same bytes, however it was written.
    var canonical: [UInt8] {
        JSONWriter.write(
            [
                "name": .string(name), "description": description.map { .string($0) } ?? .null,
                "metadata": .object(Self.sorted(metadata)),
            ] as JSONObject)
    }

    /// What stands in for an idempotency key: the name without case and repeated white space.
    var normalizedName: String {
        name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func read(_ body: JSONObject) throws(Problem) -> OrganizationDraft {
        var errors: [FieldError] = []
        // SECURITY: mass assignment. A member that is not listed here is refused, not dropped (X6).
        for member in body.members
        where !["name", "description", "slug", "metadata"].contains(where: member.name.isExactly) {
            errors.append(
                FieldError([member.name], "member-unknown", "This member is not known.")
            )
        }
        if body["slug"] != nil {
            errors.append(
                FieldError(
                    ["slug"], "slug-not-supported",
                    "This version of the gateway does not reserve slugs. Leave the member out."
                )
            )
        }
        let name = name(body["name"], &errors)
        let description = description(body["description"], &errors)
        let metadata = metadata(body["metadata"], &errors)
        guard errors.isEmpty, let name else { throw Problem(.bodyInvalid, errors: errors) }
        return OrganizationDraft(name: name, description: description, metadata: metadata)
    }

    private static func name(_ value: JSONValue?, _ errors: inout [FieldError]) -> String? {
        guard let value else {
            errors.append(FieldError(["name"], "member-missing", "Give the organization a name."))
            return nil
        }
        guard let text = value.stringValue else {
            errors.append(FieldError(["name"], "member-type", "The name is a string."))
            return nil
        }
        let name = OrganizationText.trimmed(text)
        if name.isEmpty {
            errors.append(FieldError(["name"], "name-empty", "The name has no visible character."))
        } else if name.utf16.count > 128 {
            errors.append(
                FieldError(["name"], "name-too-long", "The name has more than 128 characters.")
            )
        } else if OrganizationText.misleads(name, isMultiline: false) {
            errors.append(
                FieldError(
                    ["name"], "name-characters",
                    "The name has control characters, characters that change the direction of text,"
                        + " or an address."
                )
            )
        }
        return name
    }

    private static func description(
        _ value: JSONValue?, _ errors: inout [FieldError]
    ) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.stringValue else {
            errors.append(
                FieldError(["description"], "member-type", "The description is a string or null.")
            )
            return nil
        }
        if text.utf16.count > 256 {
            errors.append(
                FieldError(
                    ["description"], "description-too-long",
                    "The description has more than 256 characters."
                )
            )
        } else if OrganizationText.misleads(text, isMultiline: true) {
            errors.append(
                FieldError(
                    ["description"], "description-characters",
                    "The description has control characters or characters that change the"
                        + " direction of text."
                )
            )
        }
        return text.isEmpty ? nil : text
    }

    private static func metadata(
        _ value: JSONValue?, _ errors: inout [FieldError]
    ) -> JSONObject {
        guard let value else { return JSONObject() }
        guard let object = value.objectValue else {
            errors.append(
                FieldError(["metadata"], "member-type", "The metadata is an object.")
            )
            return JSONObject()
        }
        if JSONWriter.write(object).count > maxMetadataBytes {
            errors.append(
                FieldError(
                    ["metadata"], "metadata-too-large", "The metadata is larger than 8 KiB."
                )
            )
        }
        checkMetadata(value, at: ["metadata"], &errors)
        return object
    }

    /// Logto keeps this as JSON of JavaScript: what it would refuse or change is refused here.
    private static func checkMetadata(
        _ value: JSONValue, at path: [String], _ errors: inout [FieldError]
    ) {
        guard errors.count < 20 else { return }
        switch value {
        case .integer(let number) where number.magnitude > 1 << 53:
            errors.append(
                FieldError(path, "metadata-number", "Numbers beyond 2^53 would lose digits.")
            )
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                checkMetadata(element, at: path + ["\(index)"], &errors)
            }
        case .object(let object):
            for member in object.members {
                if member.name.isExactly("__proto__") {
                    errors.append(
                        FieldError(
                            path + [member.name], "metadata-name", "This name is not allowed."
                        )
                    )
                }
                checkMetadata(member.value, at: path + [member.name], &errors)
            }
        case .null, .bool, .integer, .double, .string: break
        }
    }

    private static func sorted(_ object: JSONObject) -> JSONObject {
        JSONObject(
            object.members.sorted { ExactText($0.name) < ExactText($1.name) }
                .map { (name: $0.name, value: sorted($0.value)) }
        )
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object): .object(sorted(object))
        case .array(let elements): .array(elements.map { sorted($0) })
        case .null, .bool, .integer, .double, .string: value
        }
    }

    /// `application/json`, alone or with the charset UTF-8. A browser sends it across origins only
    /// after a preflight.
    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let parts = contentType.lowercased().split(separator: ";").map {
            OrganizationText.trimmed(String($0))
        }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
    }
}
