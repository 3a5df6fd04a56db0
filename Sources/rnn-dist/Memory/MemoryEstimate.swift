import Configuration
import RecurrentNetworks

/// What training will take of a rank's memory, in bytes: what is there once data and weights are, and what comes after.
package struct MemoryEstimate: Equatable, Sendable {
    /// In use before training: the program and its libraries, the data, the weights.
    package var resident: Int
    /// Gradients and the optimizer's moments.
    package var optimizer: Int
    /// What the first values of the largest parameter are drawn in; given back before the first step.
    package var initialization: Int
    /// What the layers keep of the largest minibatch for the backward pass, and its gradients.
    package var activations: Int
    /// A checkpoint on its way to the disk; 0 where this rank writes none.
    package var checkpoint: Int

    /// At the worst moment.
    package var total: Int { resident + optimizer + max(initialization, activations + checkpoint) }
    /// What the worst moment is made of.
    package var parts: [(use: String, bytes: Int)] {
        var parts = [("data and weights", resident), ("gradients and moments", optimizer)]
        if initialization > activations + checkpoint {
            parts.append(("drawing first values", initialization))
        } else {
            parts.append(("the largest minibatch", activations))
            if checkpoint > 0 { parts.append(("a checkpoint on its way", checkpoint)) }
        }
        return parts
    }
    /// Not in use yet.
    package var toCome: Int { total - resident }

    /// - Parameters:
    ///   - rows: Time steps of the rank's sequences in the largest minibatch.
    ///   - evaluatedRows: Likewise in the largest step of a validation, which keeps nothing for a backward pass.
    ///   - batchesVary: Whether minibatches differ in size: memory for them grows by more than is needed.
    ///   - gradientParts: Subtrees of the shards' tree, each of which has a gradient of its own.
    ///   - ranks: Of the run.
    package init(
        _ configuration: RunConfiguration, _ layout: ParameterLayout, rows: Int, evaluatedRows: Int = 0,
        batchesVary: Bool, gradientParts: Int, ranks: Int, resident: Int, writesCheckpoints: Bool
    ) {
        // A pair's tokens are those of both sentences, of which each stack of layers reads one.
        let share = configuration.task == "translate" ? 2 : 1
        let rows = rows / share, evaluatedRows = evaluatedRows / share
        let moments = configuration.training.optimizer.moments, float = MemoryLayout<Float>.stride
        let tables = layout.tables.filter(\.isTrained)
        let rowMoments = tables.reduce(0) { $0 + $1.rows * ($1.width * moments + 2) }
        self.resident = resident
        // What comes from other ranks, a half of the sum at a time.
        let received = ranks > 1 ? layout.gradientCount / 2 : 0
        optimizer =
            float * (layout.gradientCount * gradientParts + received + layout.denseCount * moments + rowMoments)
        initialization = float * max(
            2 * (layout.dense.map(\.count).max() ?? 0), layout.tables.map { $0.rows * $0.width }.max() ?? 0)
        // Of the rows that were read: each part's gradient, the batch's sum, and what is sorted on the way.
        let rowGradients = tables.reduce(0) { $0 + min(rows, $1.rows) * $1.width * (gradientParts + 1) }
        let perRow = Self.numbersPerRow(configuration, layout)
        let most = max(rows, evaluatedRows) * perRow.forward + rows * perRow.backward
        activations = float * ((batchesVary || evaluatedRows > rows ? most + most / 4 : most) + rowGradients)
        let stored = layout.count + layout.denseCount * moments + rowMoments
        // The state as of its step, the document made of it, and that one's copy while it grows.
        checkpoint = writesCheckpoints ? 3 * float * stored : 0
    }

    /// Numbers that are kept for each time step of each sequence, as the layers' buffers have them: of what the layers
    /// put out, and of its gradients and what only training needs.
    private static func numbersPerRow(
        _ configuration: RunConfiguration, _ layout: ParameterLayout
    ) -> (forward: Int, backward: Int) {
        let model = configuration.model
        // Tokens, targets, examples and times, orders of rows, losses.
        var forward = 24, backward = 0
        for recurrent in layout.dense where recurrent.name.hasSuffix("/recurrent_weight") {
            let prefix = recurrent.name.dropLast("recurrent_weight".count)
            let hidden = recurrent.shape[0], gates = recurrent.shape[1]
            let isBackward = prefix.hasSuffix("/backward/")
            let hasTwo = isBackward || layout.dense.contains {
                $0.name == prefix.dropLast("forward/".count) + "backward/recurrent_weight"
            }
            // Gates, states, and of an LSTM cell states, of a GRU candidates.
            forward += gates + hidden + (gates == 4 * hidden ? hidden : gates == 3 * hidden ? 2 * hidden : 0)
            // The gradient of the states in the direction's own order; both directions side by side.
            if hasTwo {
                forward += hidden
                backward += isBackward ? hidden : 0
            }
            if model.layers.contains(where: \.layerNorm) {
                forward += gates + 2 * hidden
                backward += gates + 2 * hidden
            }
            if model.layers.contains(where: { $0.zoneout > 0 || $0.zoneoutCell > 0 }) { backward += 7 * hidden }
            if model.weightDrop > 0 { backward += hidden }
            if model.dropout > 0 { backward += 2 * hidden }
            if !isBackward {
                // The gradient of the layer's input, once for both directions; one alone writes it over its output's.
                let input = layout.dense.first { $0.name == prefix + "input_weight" }?.shape[0] ?? 0
                let isFirst = prefix.hasPrefix("layers/0/")
                // (Counted where it is always so.)
                let takesItsPlace = !hasTwo && input == hidden && configuration.task == "language_model"
                if !(isFirst && model.input == .features) && !takesItsPlace { backward += input }
                if isFirst && ((model.inputDropout ?? 0) > 0 || model.embeddingDropout > 0) {
                    backward += 3 * input
                }
            }
        }
        guard configuration.saysSomethingAtEveryStep else {
            // The gradient of the last states is spread over the top layer's rows.
            let top = layout.dense.last { $0.name.hasSuffix("/recurrent_weight") }
            return (forward, backward + (top?.shape[0] ?? 0))
        }
        // What each dense layer, the output layer among them, puts out, and the gradient of what it reads.
        let isRecurrent = { (name: String) in name.hasSuffix("/recurrent_weight") || name.hasSuffix("/input_weight") }
        for weight in layout.dense where weight.shape.count == 2 && !isRecurrent(weight.name) {
            forward += weight.shape[1]
            backward += weight.shape[0]
        }
        for table in layout.tables where table.isTied {
            forward += table.rows
            backward += table.width
        }
        return (forward, backward)
    }
}

extension RunConfiguration {
    /// Whether dense layers read every time step, not each sequence once.
    fileprivate var saysSomethingAtEveryStep: Bool {
        switch task {
        case "classify": false
        case "forecast": forecast.output != .last
        default: true
        }
    }
}
