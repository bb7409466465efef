package import Values

/// The machine-to-machine application that Gatehouse is in Logto.
package struct MachineCredentials: Sendable {
    /// The tenant; on Logto Cloud its default domain, never a custom one.
    package var endpoint: LogtoEndpoint
    /// The resource indicator of the Management API.
    package var resource: String
    package var clientID: ClientID
    package var clientSecret: Secret

    /// - Parameter resource: nil for what follows from the endpoint.
    package init(
        endpoint: LogtoEndpoint, resource: String? = nil, clientID: ClientID, clientSecret: Secret
    ) {
        self.endpoint = endpoint
        self.resource = resource ?? endpoint.defaultManagementResource
        self.clientID = clientID
        self.clientSecret = clientSecret
    }
}
