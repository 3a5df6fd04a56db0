import Configuration
import Glibc
import RecurrentNetworks
import Tasks

/// What steps of a model cost at least: the operations of their products, the parameters they move.
package enum StepCost {
    /// Operations of all products: `2·m·n·k` forward and twice that backward (for the input's gradient and the
    /// weight's), a recurrent or input weight for every token, an output or dense weight for everything it is read out
    /// for.
    ///
    /// What a first layer over numbers saves, whose input needs no gradient, is subtracted; gathers of one-hot rows are
    /// none.
    ///
    /// - Returns: nil where the model has products besides these, or truncation spares some.
    package static func operations(
        _ configuration: RunConfiguration, _ layout: ParameterLayout, examples: Int, tokens: Int
    ) -> Double? {
        let readouts: Int
        switch configuration.task {
        case "classify" where configuration.training.truncation == nil: readouts = examples
        case "language_model" where configuration.model.output.softmax == .full && !configuration.model.output.tied:
            readouts = tokens
        default: return nil
        }
        return layout.dense.reduce(0) { sum, weight in
            guard weight.shape.count == 2 else { return sum }
            let isRecurrent = weight.name.hasPrefix("layers/")
            let isFirst = weight.name.hasPrefix("layers/0/") && weight.name.hasSuffix("/input_weight")
            let factor = isFirst && configuration.model.input == .features ? 4 : 6
            return sum + Double(factor * weight.count * (isRecurrent ? tokens : readouts))
        }
    }

    /// Bytes to and from memory that parameters cause even with the best of caches: each step the gradient is written,
    /// read for its norm and by the optimizer, which reads and writes the weight and its moments; a weight is read once
    /// more for its transpose, which of a recurrent one is written, too; a recurrent weight too large for the
    /// second-level cache passes by in each time step, forward and backward. Activations, and rows of embeddings, are not
    /// counted.
    ///
    /// - Parameter steps: Optimizer steps.
    package static func parameterBytes(
        _ configuration: RunConfiguration, _ layout: ParameterLayout, examples: Int, tokens: Int, steps: Int
    ) -> Double {
        let moments = configuration.training.optimizer.moments
        let cache = max(1 << 20, sysconf(Int32(_SC_LEVEL2_CACHE_SIZE)))
        let timeSteps = Double(tokens) / Double(max(1, examples))
        let float = Double(MemoryLayout<Float>.stride)
        return layout.dense.reduce(0) { sum, slice in
            var times = Double(3 + 2 + 2 * moments)
            let isRecurrent = slice.name.hasSuffix("/recurrent_weight")
            if slice.shape.count == 2 { times += isRecurrent ? 2 : 1 }
            if isRecurrent, slice.count * 4 > cache { times += 2 * timeSteps }
            return sum + times * Double(slice.count) * float * Double(steps)
        }
    }
}
