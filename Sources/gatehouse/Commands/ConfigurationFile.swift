import Documents
import Gateway
import System

/// Reads `gatehouse.yaml` from disk.
enum ConfigurationFile {
    /// The file's size limit.
    private static let maxBytes = 1 << 20

    /// What came of reading it.
    enum Outcome {
        case read(GatewayConfiguration, [Diagnostic], SourceFile)
        case wrong([Diagnostic], SourceFile)
        case unreadable(String)
    }

    static func read(_ path: String) -> Outcome {
        do {
            let file = SourceFile(
                path: path, bytes: try FileSystem.read(path, maxBytes: maxBytes))
            let (configuration, found) = ConfigurationDecoder.decode(
                file, surroundings: surroundings(of: path))
            guard let configuration else { return .wrong(found, file) }
            return .read(configuration, found, file)
        } catch {
            return .unreadable("\(error)")
        }
    }

    private static func surroundings(of path: String) -> ConfigurationSurroundings {
        ConfigurationSurroundings(
            variable: { Environment.value(of: $0) },
            file: { try? FileSystem.read($0, maxBytes: 65_536) },
            folder: folder(of: path))
    }

    /// The absolute folder of a path.
    static func folder(of path: String) -> String {
        let absolute = self.absolute(path)
        guard let slash = absolute.lastIndex(of: "/"), slash != absolute.startIndex else {
            return "/"
        }
        return String(absolute[..<slash])
    }

    /// A path from the root; what is relative starts from the working directory.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(Environment.workingDirectory)/\(path)"
    }
}
