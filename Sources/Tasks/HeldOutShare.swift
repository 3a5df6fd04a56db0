import Configuration
import Diagnostics
import SequenceData

extension DataConfiguration {
    /// What training and validation data are read from, for the cache of encoded data.
    ///
    /// - Parameter files: The files that a path stands for.
    func sources(_ files: (_ path: String) -> [String]) -> [EncodedSource] {
        [EncodedSource("train", files(train))] + (validation.map { [EncodedSource("validation", files($0))] } ?? [])
            + (vocabulary.file.map { [EncodedSource("vocabulary", [$0])] } ?? [])
    }

    /// Whether a share of the training data is to be held out for validation.
    var holdsOut: Bool { validation == nil && validationFraction > 0 }

    /// Refuses a share that came to nothing: a run would go on without the validation it was told to make.
    ///
    /// - Parameters:
    ///   - held: Examples held out.
    ///   - count: All examples, in `units`.
    /// - Throws: `Diagnostic` (usage).
    func requireHeldOut(_ held: Int, of count: Int, _ units: String) throws {
        guard holdsOut, held == 0 else { return }
        throw Diagnostic(
            "data.validation_fraction", "\(validationFraction) of \(count) \(units) holds out none",
            expected: "at least one to validate on", hint: "raise it, or set it to 0 to train without validation",
            category: .usage)
    }
}
