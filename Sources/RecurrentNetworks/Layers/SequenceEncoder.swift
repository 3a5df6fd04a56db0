import Configuration
import Kernels

/// A recurrent stack that is read out once: from sequences to one vector each.
public final class SequenceEncoder<Scalar: KernelScalar> {
    public var outputSize: Int { stack.outputSize }
    private let stack: RecurrentStack<Scalar>
    private let dropout: Dropout<Scalar>
    private let readout: ModelConfiguration.Readout
    private var readoutMemory = ReusedMatrix<Scalar>(), readoutGradient = ReusedMatrix<Scalar>()
    private var maximumRows = AlignedBuffer<Int32>(count: 0)

    /// - Parameters:
    ///   - inputSize: Tokens of the vocabulary, or numeric features of a time step.
    ///   - vectors: Pretrained rows of the embedding, row-major.
    public init(
        _ model: ModelConfiguration, inputSize: Int, vectors: (values: [Float], width: Int)? = nil, team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        stack = RecurrentStack(
            .init(model, inputSize: inputSize, vectors: vectors), layers: model.layers, initializer: model.initializer,
            dropout: model.dropout, regularizers: Regularizers(model), team: team, layout: &layout)
        dropout = Dropout(probability: model.dropout, number: model.layers.count - 1)
        readout = model.readout
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) { stack.pack(parameters) }

    public func descriptions(_ layout: ParameterLayout) -> [LayerDescription] {
        stack.descriptions(layout, readsLast: true)
    }

    /// - Returns: `[sequence, outputSize]`, sequences in packed order; valid until the next pass.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        let packed = batch.packed
        stack.forward(batch, pass, parameters)
        let vector = readoutMemory.reshaped(rows: packed.sequences, columns: outputSize)
        switch readout {
        case .last: stack.lastStep(packed, into: vector)
        case .mean: meanOverTime(stack.everyStep(packed), packed, into: vector)
        case .max:
            if maximumRows.count < packed.sequences * outputSize {
                maximumRows = AlignedBuffer(count: packed.sequences * outputSize)
            }
            maxOverTime(stack.everyStep(packed), packed, into: vector, rows: maximumRows)
        }
        let zeroTimes = AlignedBuffer<Int32>(count: packed.sequences)
        return dropout.forward(vector, pass, examples: batch.examples, times: zeroTimes)
    }

    /// Sums the gradients of all parameters of the encoder.
    ///
    /// - Parameter d: Gradient of what `forward` returned; overwritten.
    public func backward(
        _ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>
    ) {
        let packed = batch.packed
        dropout.backward(d)
        switch readout {
        case .last: stack.backward(.lastStep(d), batch, pass, into: gradients)
        case .mean:
            let every = readoutGradient.reshaped(rows: packed.rows, columns: outputSize)
            meanOverTimeGradient(d, packed, into: every)
            stack.backward(.everyStep(every), batch, pass, into: gradients)
        case .max:
            let every = readoutGradient.reshaped(rows: packed.rows, columns: outputSize)
            maxOverTimeGradient(d, packed, into: every, rows: maximumRows)
            stack.backward(.everyStep(every), batch, pass, into: gradients)
        }
    }
}
