import FoundationEssentials
import Store

/// A store's file for one test, removed with the value.
final class TemporaryPlace {
    private let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "self-service-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open() throws -> EmbeddedStore { try EmbeddedStore.open(.file(path + "/gatehouse.db")) }
}
