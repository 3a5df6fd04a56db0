import Configuration
import Diagnostics

extension RunConfiguration {
    /// Room for the pretrained vectors that a checkpoint holds; nil: the model has none.
    ///
    /// - Parameters:
    ///   - width: Numbers of a vector; nil: the checkpoint has no embedding.
    ///   - words: Number of vectors.
    func storedVectors(width: Int?, words: Int) throws -> (values: [Float], width: Int)? {
        guard case .vectors = model.input, let width else { return nil }
        guard width <= room.numbers / max(words, 1) else {
            throw Diagnostic(
                "vocabulary", "its \(words) words have vectors of \(width) numbers",
                expected: "at most \(room.numbers) numbers, for which \(room.place) has room",
                hint: room.hint)
        }
        return ([Float](repeating: 0, count: width * words), width)
    }
}
