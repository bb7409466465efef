package import Transport

extension HTTPServerConfiguration {
    /// One service that requests are forwarded to.
    package struct Upstream: Sendable, Equatable {
        /// Its name, for people.
        package var name: String
        /// Where it listens. Tried in turn where connecting fails, since nothing was sent then.
        package var addresses: [SocketAddress]
        /// How it is verified; nil: it is spoken to in clear text. Equal only to itself, so that
        /// what replaces an upstream should bring the same.
        package var tls: TLSTarget?
        /// What `Host` says to it; nil: what the client said.
        package var authority: String?
        /// What is taken off the front of a path before it is sent.
        package var stripPrefix = ""
        /// What is put in front of a path before it is sent.
        package var addPrefix = ""
        /// How long connecting to one address may take.
        package var connectTimeout = Duration.seconds(1)
        /// How long it may take from the end of the request to the first byte of the answer.
        package var responseTimeout = Duration.seconds(30)
        /// How long it may send nothing in the middle of an answer.
        package var bodyIdleTimeout = Duration.seconds(60)
        /// How long an exchange may take from the decision to the last byte; nil: as long as it
        /// goes on.
        package var totalTimeout: Duration?
        /// How long an unused connection stays open. Shorter than upstreams keep theirs.
        package var idleTimeout = Duration.seconds(30)
        /// How many connections each loop may have to it.
        package var maxConnections = 1024

        /// An upstream with the default times.
        package init(name: String, addresses: [SocketAddress], authority: String? = nil) {
            self.name = name
            self.addresses = addresses
            self.authority = authority
        }

        /// An upstream with one address and the default times.
        package init(name: String, address: SocketAddress, authority: String? = nil) {
            self.init(name: name, addresses: [address], authority: authority)
        }

        /// Whether connections to it serve another as well: name resolution may give the same
        /// addresses in another order.
        func isServed(bySame other: Upstream) -> Bool {
            var ordered = other
            if Set(addresses) == Set(other.addresses) { ordered.addresses = addresses }
            return self == ordered
        }
    }
}
