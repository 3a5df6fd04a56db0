import Configuration
import ContentDigest
import Kernels
import Tasks

/// What must be the same on every rank for the ranks to compute one answer.
public struct RunFingerprint: Sendable {
    public let properties: [(name: String, value: String)]
    /// The digest of the training data as read, its labels and vocabulary included.
    public let trainingData: String
    /// The digest of the file of word vectors that the embedding begins with; nil: it begins with none.
    public let vectors: String?
    /// The digest of this program's file.
    public let program: String

    /// - Parameter startStep: The optimizer step of the checkpoint that weights are from; nil: they are initial ones.
    public init(_ configuration: RunConfiguration, _ task: any SequenceTask, startStep: Int?) throws {
        var properties = configuration.flattened.filter { $0.key != "output" }.map { (name: $0.key, value: $0.value) }
        var data = try SHA256Hasher(), validation = try SHA256Hasher()
        task.withFingerprintBytes(ofValidation: false) { data.update($0) }
        for artifact in task.artifacts { for text in artifact.texts { data.update("\(text.utf8.count):\(text)") } }
        task.withFingerprintBytes(ofValidation: true) { validation.update($0) }
        trainingData = data.finalize().description
        properties.append(("the training data (SHA-256)", trainingData))
        properties.append(("the validation data (SHA-256)", validation.finalize().description))
        if startStep == nil, case .vectors(let path, _) = configuration.model.input {
            vectors = try SHA256Digest(ofFile: path).description
        } else {
            vectors = nil
        }
        if let vectors { properties.append(("the word vectors (SHA-256)", vectors)) }
        program = try SHA256Digest(ofFile: "/proc/self/exe").description
        properties.append(("the program (SHA-256)", program))
        properties.append(("the kernel family", Processor.kernelFamily))
        properties.append(("the first step", "\(startStep ?? 0)"))
        self.properties = properties
    }
}
