import Documents
import TestSupport
import Testing

@Suite(.serialized) struct DevPolicyTests {
    private static let path = "policies/routes/projects.yaml"

    @Test func `an edit changes the next decision, and a broken one changes nothing`() async throws
    {
        try await DevSite.with { site in
            let text = try SourceTree.text(of: Self.path)
            #expect(try await status(site) == 403)

            var before = site.process.count()
            let edited = text.replacing("allow: write:projects", with: "allow: read:projects")
            #expect(edited != text)
            try site.folder.write(Self.path, edited)
            try await site.process.text(with: "policies replaced: sha256:", from: before)
            #expect(try await status(site) == 200)

            let broken = edited.replacing("allow: read:projects", with: "allow: reed:projects")
            let place = try #require(
                broken.split(separator: "\n", omittingEmptySubsequences: false)
                    .firstIndex { $0.contains("reed:projects") })
            try site.folder.write(Self.path, broken)
            let said = try await site.process.text(with: "stay in force", in: .messages)
            #expect(said.contains("routes/projects.yaml:\(place + 1):"), "\(said)")
            #expect(said.contains("^^^"), "\(said)")
            #expect(said.contains("did you mean"), "\(said)")
            #expect(try await status(site) == 200)

            before = site.process.count()
            try site.folder.write(Self.path, text)
            try await site.process.text(with: "policies replaced: sha256:", from: before)
            #expect(try await status(site) == 403)
        }
    }

    private func status(_ site: DevSite) async throws -> Int {
        try await site.send(
            "POST", "/orgs/org_a/projects", as: "ann", "acme", body: #"{"title":"Garden"}"#
        ).status
    }
}
