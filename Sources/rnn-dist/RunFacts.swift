import Kernels
import Training

/// What a run was made with, as the receipts of its checkpoints have it: `program: rnn-dist 0.1.0, SHA-256 …`.
enum RunFacts {
    static func facts(
        _ fingerprint: RunFingerprint, ranks: Int
    ) -> [(name: String, value: String, changesBits: Bool)] {
        let facts = [
            ("program", "rnn-dist \(programVersion), SHA-256 \(fingerprint.program)", true),
            ("data", "training SHA-256 \(fingerprint.trainingData)", false), ("kernels", Processor.kernelFamily, true),
            ("ranks", "\(ranks)", false),
        ]
        return facts + (fingerprint.vectors.map { [(vectors, "SHA-256 \($0)", true)] } ?? [])
    }

    /// What the receipts of imported weights say, and those of a run that goes on in their folder.
    static let importedWeights = "weights"

    /// The file of word vectors that a run began with.
    static let vectors = "vectors"

    /// What the receipts of a run say that began with the weights of another.
    static let beganFrom = "began from"

    /// What a receipt says of a fact; nil: nothing.
    static func value(_ name: String, in receipt: [String]) -> String? {
        let prefix = "\(name): "
        return receipt.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}
