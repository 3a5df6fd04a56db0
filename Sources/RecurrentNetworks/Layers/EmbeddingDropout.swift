import Kernels

/// Dropout of whole rows of an embedding: in an optimizer step a word is there or not, wherever it occurs.
///
/// - Source: Gal & Ghahramani 2016; scaled by `1 / (1 - p)` as in Merity, Keskar & Socher 2018.
public final class EmbeddingDropout<Scalar: KernelScalar> {
    private let probability: Double
    /// Which of the model's embeddings this is.
    private let number: UInt64
    private var memory = ReusedMatrix<Scalar>()
    private var factors: AlignedBuffer<Scalar>?

    /// - Parameter name: Prefix of the embedding's name; empty: it is the network's only one.
    public init(probability: Double, name: String) {
        self.probability = probability
        number = name.isEmpty ? 0 : nameHash(name)
    }

    /// The rows that tokens read, dropped ones zero: `[token, width]`; nil: nothing is dropped.
    public func forward(
        _ table: Matrix<Scalar>, tokens: @autoclosure () -> AlignedBuffer<Int32>, _ pass: Pass
    ) -> Matrix<Scalar>? {
        factors = nil
        guard let step = pass.trainingStep, probability > 0 else { return nil }
        let tokens = tokens()
        let stream = RandomStream(seed: pass.seed, purpose: .rowDropout, index: number)
        let kept = Scalar(1 / (1 - probability))
        let factors = AlignedBuffer<Scalar>(count: tokens.count)
        for row in 0..<tokens.count {
            let draw = stream.uniform(UInt64(UInt32(bitPattern: tokens[row])), UInt32(truncatingIfNeeded: step))
            factors[row] = draw < probability ? 0 : kept
        }
        self.factors = factors
        let output = memory.reshaped(rows: tokens.count, columns: table.columns)
        scaleRows(table, rows: .indexed(tokens), by: factors, into: output)
        return output
    }

    /// Turns the gradient of the rows into that of the table's rows, in place.
    public func backward(_ d: Matrix<Scalar>) {
        if let factors { scaleRows(d, rows: .all(d.rows), by: factors, into: d) }
    }
}
