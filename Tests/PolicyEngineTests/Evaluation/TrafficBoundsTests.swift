import PolicyEngine
import Testing

@Suite struct TrafficBoundsTests {
    private let policy = """
        timeouts: {connect: 250ms, response: 5s, total: 1h}
        max_body: 1MiB
        routes:
          - id: plain
            match: GET /orgs/{org}/plain
            allow: read
          - id: export
            match: GET /orgs/{org}/export
            allow:
              - permission: read
              - permission: write
                then: {request_headers: {set: {X-Way: write}}}
            timeouts: {response: 2m, idle: 30s}
            max_body: 512B

        """

    @Test func `what a route says wins over its file, key by key, for each of its rules`() throws {
        let snapshot = try PolicyFixture.load(policy)
        let bounds = snapshot.obligations.map(\.traffic)
        #expect(bounds.count == 3)
        #expect(bounds[0].connect == .milliseconds(250))
        #expect(bounds[0].response == .seconds(5))
        #expect(bounds[0].idle == nil)
        #expect(bounds[0].total == .seconds(3600))
        #expect(bounds[0].maxBodyBytes == 1 << 20)
        for ofExport in bounds[1...] {
            #expect(ofExport.connect == .milliseconds(250))
            #expect(ofExport.response == .seconds(120))
            #expect(ofExport.idle == .seconds(30))
            #expect(ofExport.total == .seconds(3600))
            #expect(ofExport.maxBodyBytes == 512)
        }
    }
}
