import Documents
import Values

/// What a person may look like.
enum UserSchema {
    private static let email: Schema = .text([.pattern(isEmail)])
    private static let phone: Schema = .text([.pattern(isPhone)])
    private static let username: Schema = .text([.pattern(isUsername)])
    private static let avatar: Schema = .text([.url])
    private static let empty: Schema = .literal("")

    static let profile: Schema = .object(
        [
            "familyName", "givenName", "middleName", "nickname", "preferredUsername", "profile",
            "website", "gender", "birthdate", "zoneinfo", "locale",
        ].map { .optional($0, .text([])) } + [
            .optional(
                "address",
                .object(
                    ["formatted", "streetAddress", "locality", "region", "postalCode", "country"]
                        .map { .optional($0, .text([])) }))
        ])

    static let create: [Schema.Member] = [
        .optional("primaryPhone", phone),
        .optional("primaryEmail", email),
        .optional("username", username),
        .optional("password", .text([.atLeast(1)])),
        .optional("passwordDigest", .text([])),
        .optional("passwordAlgorithm", .text([])),
        .optional("name", .text([])),
        .optional("avatar", .nullable(.either([avatar, empty]))),
        .optional("customData", .anyObject),
        .optional("profile", profile),
    ]

    static let change: [Schema.Member] = [
        .optional("username", .nullable(.either([username, empty]))),
        .optional("primaryEmail", .nullable(.either([email, empty]))),
        .optional("primaryPhone", .nullable(.either([phone, empty]))),
        .optional("name", .nullable(.either([.text([]), empty]))),
        .optional("avatar", .nullable(.either([avatar, empty]))),
        .optional("customData", .anyObject),
        .optional("profile", profile),
    ]

    /// Sets the members of a body, after a look at what others have taken and at the columns.
    static func apply(
        _ body: JSONObject, to row: inout User, in tenant: Tenant
    ) throws(LogtoProblem) {
        let others = tenant.users.all.filter { !$0.id.isExactly(row.id) }
        if let value = body["username"] {
            row.username = value.storedText
            if let name = row.username,
                others.contains(where: { $0.username?.isExactly(name) == true })
            {
                throw taken("username", "username")
            }
        }
        if let value = body["primaryEmail"] {
            row.primaryEmail = value.storedText
            if let email = row.primaryEmail?.lowercased(),
                others.contains(where: { $0.primaryEmail?.lowercased().isExactly(email) == true })
            {
                throw taken("email", "email")
            }
        }
        if let value = body["primaryPhone"] {
            row.primaryPhone = value.storedText
            if let phone = row.primaryPhone,
                others.contains(where: { isSamePhone($0.primaryPhone ?? "", phone) })
            {
                throw taken("phone", "phone number")
            }
        }
        if let value = body["name"] { row.name = value.storedText }
        if let value = body["avatar"] { row.avatar = value.storedText }
        if let value = body["customData"]?.objectValue { row.customData = value.asStored }
        if let value = body["profile"]?.objectValue { row.profile = value }
        for text in [row.username, row.primaryEmail, row.primaryPhone, row.name] {
            try ColumnLimit.check(text, limit: 128)
        }
        try ColumnLimit.check(row.avatar, limit: 2048)
    }

    private static func taken(_ code: String, _ word: String) -> LogtoProblem {
        .refusal(422, "user.\(code)_already_in_use", "This \(word) is already in use.")
    }

    /// Something, `@`, something, a dot, something, and no white space.
    private static func isEmail(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard !scalars.contains(where: \.properties.isWhitespace),
            let at = scalars.firstIndex(of: "@"), at > 0
        else { return false }
        let rest = scalars[(at + 1)...]
        guard let dot = rest.dropFirst().lastIndex(of: "."), dot < scalars.count - 1 else {
            return rest.dropFirst().dropLast().contains(".")
        }
        return true
    }

    private static func isPhone(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isDigit)
    }

    /// Letters, digits and underscores, no digit first.
    private static func isUsername(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { byte in
            isDigit(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Whether two numbers are one: a zero behind the country code does not count.
    private static func isSamePhone(_ left: String, _ right: String) -> Bool {
        !forms(left).isDisjoint(with: forms(right))
    }

    private static func forms(_ phone: String) -> Set<[UInt8]> {
        let digits = Array(phone.utf8)
        guard !digits.isEmpty else { return [] }
        var forms: Set<[UInt8]> = [digits]
        for place in 1...3 where place < digits.count && digits[place] == UInt8(ascii: "0") {
            var short = digits
            short.remove(at: place)
            forms.insert(short)
        }
        return forms
    }
}
