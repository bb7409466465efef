import Documents

/// A refusal of the Management API.
struct LogtoProblem: Error {
    let status: Int
    /// Absent where JavaScript itself failed.
    var code: String?
    let message: String
    var data: JSONValue?
    var details: String?

    /// The body: `code`, then what only some problems have, then the sentence.
    var body: JSONValue {
        var members: [(name: String, value: JSONValue)] = []
        if let code { members.append((name: "code", value: .string(code))) }
        if let data { members.append((name: "data", value: data)) }
        if let details { members.append((name: "details", value: .string(details))) }
        members.append((name: "message", value: .string(message)))
        return .object(JSONObject(members))
    }
}

extension LogtoProblem {
    /// Text that the database refuses, and every other surprise.
    static let internalError = LogtoProblem(status: 500, message: "Internal server error.")

    /// A body that is no JSON.
    static func malformedBody(_ message: String) -> LogtoProblem {
        LogtoProblem(status: 400, message: message)
    }

    static let invalidPagination = LogtoProblem(
        status: 400, code: "guard.invalid_pagination",
        message: "The request pagination value is invalid.")

    static let notFound = LogtoProblem(
        status: 404, code: "entity.not_found", message: "The resource does not exist.")

    static func notExists(_ table: String) -> LogtoProblem {
        LogtoProblem(
            status: 404, code: "entity.not_exists", message: "The \(table) does not exist.")
    }

    static func notExists(_ table: String, id: String) -> LogtoProblem {
        LogtoProblem(
            status: 404, code: "entity.not_exists_with_id",
            message: "The \(table) with ID `\(id)` does not exist.")
    }

    static let nothingToSet = LogtoProblem(
        status: 422, code: "entity.invalid_input",
        message: "Invalid input. Value list must not be empty.")

    static let invalidValue = LogtoProblem(
        status: 422, code: "entity.invalid_input", message: "Invalid input.")

    static let foreignKey = LogtoProblem(
        status: 422, code: "entity.relation_foreign_key_not_found",
        message: "Cannot find one or more foreign keys. Please check the input and ensure that "
            + "all referenced entities exist.")

    static let duplicate = LogtoProblem(
        status: 422, code: "entity.unique_integrity_violation",
        message: "The entity already exists. Please check the input and try again.")

    static let constraint = LogtoProblem(
        status: 422, code: "entity.db_constraint_violated",
        message: "Database constraint violated.")

    static func tooLong(_ limit: Int) -> LogtoProblem {
        LogtoProblem(
            status: 422, code: "entity.value_too_long",
            message: "The length of value is too long and exceeds the limit.",
            data: .members(
                ("message", .string("value too long for type character varying(\(limit))"))))
    }

    static let requireMembership = LogtoProblem(
        status: 422, code: "organization.require_membership",
        message: "The user must be a member of the organization to proceed.")

    static func roleNamesNotFound(_ names: [String]) -> LogtoProblem {
        let list = names.joined(separator: ", ")
        return LogtoProblem(
            status: 422, code: "organization.role_names_not_found",
            message: "Invalid role names detected: \(list). Please create these roles first "
                + "before proceeding.")
    }

    /// A refusal with a code of its own and nothing else.
    static func refusal(_ status: Int, _ code: String, _ message: String) -> LogtoProblem {
        LogtoProblem(status: status, code: code, message: message)
    }
}
