import Configuration
import ContentDigest
import Kernels
import Tasks

/// What must be the same on every rank for the ranks to compute one answer.
public struct RunFingerprint: Sendable {
    public let properties: [(name: String, value: String)]

    /// - Parameter startStep: The optimizer step the run begins at.
    public init(_ configuration: RunConfiguration, _ task: any SequenceTask, startStep: Int) throws {
        var properties = configuration.flattened.filter { $0.key != "output" }.map { (name: $0.key, value: $0.value) }
        var data = try SHA256Hasher()
        task.withFingerprintBytes { data.update($0) }
        for artifact in task.artifacts { for text in artifact.texts { data.update("\(text.utf8.count):\(text)") } }
        properties.append(("the data (SHA-256)", data.finalize().description))
        properties.append(("the program (SHA-256)", try Self.programDigest()))
        properties.append(("the kernel family", Processor.kernelFamily))
        properties.append(("the first step", "\(startStep)"))
        self.properties = properties
    }

    /// The digest of the data as read, for the receipt.
    public var data: String { properties.first { $0.name.hasPrefix("the data") }?.value ?? "" }
    public var program: String { properties.first { $0.name.hasPrefix("the program") }?.value ?? "" }

    private static func programDigest() throws -> String {
        try SHA256Digest(ofFile: "/proc/self/exe").description
    }
}
