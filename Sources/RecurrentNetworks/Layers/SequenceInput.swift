import Kernels

/// A rank's part of a minibatch as a network reads it, rows in packed order.
public struct SequenceInput<Scalar: KernelScalar> {
    public let packed: PackedSequences
    /// The token of each row; nil for numeric input.
    public let tokens: AlignedBuffer<Int32>?
    /// `[row, features]`; nil for tokens.
    public let features: Matrix<Scalar>?
    /// The number of each packed sequence's example, which dropout depends on.
    public let examples: AlignedBuffer<Int32>

    public init(
        packed: PackedSequences, tokens: AlignedBuffer<Int32>?, features: Matrix<Scalar>?,
        examples: AlignedBuffer<Int32>
    ) {
        precondition(tokens != nil || features != nil, "an input has tokens or features")
        self.packed = packed
        self.tokens = tokens
        self.features = features
        self.examples = examples
    }

    /// The example of each row.
    public var rowExamples: AlignedBuffer<Int32> {
        AlignedBuffer((0..<packed.steps).flatMap { t in (0..<packed.active[t]).map { examples[$0] } })
    }

    /// The time step of each row.
    public var rowTimes: AlignedBuffer<Int32> {
        AlignedBuffer((0..<packed.steps).flatMap { t in repeatElement(Int32(t), count: packed.active[t]) })
    }
}

/// What a pass through the network is for.
public struct Pass: Sendable {
    /// Whether dropout acts, with the optimizer step its masks depend on; nil: evaluation.
    public let trainingStep: Int?
    public let seed: UInt64
    public let truncation: Int?

    public init(trainingStep: Int?, seed: UInt64, truncation: Int?) {
        self.trainingStep = trainingStep
        self.seed = seed
        self.truncation = truncation
    }

    public static let evaluation = Pass(trainingStep: nil, seed: 0, truncation: nil)
}

/// Rows that a layer reads: a matrix, seen directly or through an index by row.
struct LayerInput<Scalar: KernelScalar> {
    let matrix: Matrix<Scalar>
    /// The row of `matrix` behind each row of the batch; nil: the same row.
    let index: AlignedBuffer<Int32>?

    /// The rows in the order given by positions (rows of the batch).
    func selection(_ rows: AlignedBuffer<Int32>) -> AlignedBuffer<Int32> {
        guard let index else { return rows }
        let result = AlignedBuffer<Int32>(count: rows.count)
        let source = index.elements, target = result.mutableElements
        for (i, row) in rows.elements.enumerated() { target[i] = source[Int(row)] }
        return result
    }
}
