import Configuration
import Diagnostics
import Kernels

/// The output layer of a task that names one class for every row: logits, softmax, cross-entropy.
///
///     full:     p = softmax(x W + b)
///     tied:     p = softmax(x Eᵀ + b), E the embedding (Press & Wolf 2017; Inan et al. 2017)
///     adaptive: see `AdaptiveSoftmax`
public final class OutputLayer<Scalar: KernelScalar> {
    /// What makes probabilities of the classes out of a row.
    public enum Kind: Sendable {
        case full
        /// The weight is the transpose of a table `[classes, inputSize]`.
        case tied(table: Int)
        /// Classes are sorted by falling frequency; clusters of rare ones begin at the cutoffs.
        case adaptive(cutoffs: [Int], factor: Double)

        /// What a model's configuration asks for.
        ///
        /// - Parameter embedding: The number of the embedding's table.
        /// - Throws: `Diagnostic` (usage) where there are not enough classes for the cutoffs.
        public init(_ output: ModelConfiguration.Output, embedding: Int?, classes: Int) throws {
            switch (output.softmax, embedding) {
            case (.adaptive, _):
                guard output.cutoffs.allSatisfy({ $0 < classes }) else {
                    throw Diagnostic(
                        "model.output.cutoffs", "a cluster begins at \(output.cutoffs.last ?? 0)",
                        expected: "less than the \(classes) entries of the vocabulary", category: .usage)
                }
                self = .adaptive(cutoffs: output.cutoffs, factor: output.factor)
            case (.full, let table?) where output.tied: self = .tied(table: table)
            case (.full, _): self = .full
            }
        }
    }

    public let classes: Int
    private let form: Form
    private let stage: GradientStage
    private let team: ThreadTeam
    private var logitsMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var input = Matrix<Scalar>(rows: 0, columns: 0)
    private var dLogits = Matrix<Scalar>(rows: 0, columns: 0)

    private enum Form {
        case dense(WeightMatrix<Scalar>, bias: ParameterSlice)
        case adaptive(AdaptiveSoftmax<Scalar>)
    }

    /// - Parameter name: Prefix of the parameters' names: `output`.
    public init(
        name: String, _ kind: Kind, inputSize: Int, classes: Int, initializer: ModelConfiguration.Initializer,
        team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        self.classes = classes
        self.team = team
        let first = layout.denseCount
        if case .adaptive(let cutoffs, let factor) = kind {
            form = .adaptive(
                AdaptiveSoftmax(
                    name: name, inputSize: inputSize, classes: classes, cutoffs: cutoffs, factor: factor,
                    initializer: initializer,
                    team: team, layout: &layout))
            stage = layout.endStage(since: first)
            return
        }
        let weight: WeightMatrix<Scalar>
        var tied: Int?
        if case .tied(let table) = kind {
            tied = table
            weight = WeightMatrix(tiedTo: table, layout: &layout)
            precondition(
                weight.inputSize == inputSize && weight.outputSize == classes,
                "a tied output layer has the embedding's shape")
        } else {
            weight = WeightMatrix(
                name: "\(name)/weight", inputSize: inputSize, outputSize: classes, initializer: initializer,
                layout: &layout)
        }
        let bias: InitialValues =
            initializer == .keras ? .constant(0) : .uniform(limit: 1 / Double(inputSize).squareRoot())
        form = .dense(weight, bias: layout.add("\(name)/bias", shape: [classes], bias))
        stage = layout.endStage(since: first, tiedTo: tied)
    }

    /// What `rnn-dist summary` calls it.
    public var kindName: String {
        switch form {
        case .dense(let weight, _): weight.isTied ? "Tied embedding (softmax)" : "Dense (softmax)"
        case .adaptive: "Adaptive softmax"
        }
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        switch form {
        case .dense(let weight, _): weight.pack(parameters)
        case .adaptive(let softmax): softmax.pack(parameters)
        }
    }

    /// The weighted loss of each row in nats; keeps what `backward` needs.
    ///
    /// - Parameters:
    ///   - x: `[row, inputSize]`, untouched until `backward`.
    ///   - predictions: The most probable class of each row; adaptive: see `AdaptiveSoftmax.losses`.
    public func losses(
        _ x: Matrix<Scalar>, targets: [Int32], weights: [Scalar], _ parameters: Parameters<Scalar>
    ) -> (losses: [Scalar], predictions: [Int32]) {
        team.clock.enter(.output)
        var losses = [Scalar](repeating: 0, count: x.rows), predictions = [Int32](repeating: 0, count: x.rows)
        switch form {
        case .dense:
            input = x
            dLogits = logits(x, parameters)
            team.probe.look("output", dLogits)
            softmaxCrossEntropy(
                dLogits, targets: targets, weights: weights, losses: &losses, predictions: &predictions, team: team)
        case .adaptive(let softmax):
            softmax.losses(x, targets: targets, weights: weights, losses: &losses, predictions: &predictions)
        }
        return (losses, predictions)
    }

    /// Sums the gradients of the layer's parameters, after `losses`.
    ///
    /// - Parameter index: The row at each position of `leaves`, each row once.
    /// - Returns: Gradient of the input, `[row, inputSize]`, valid until the next pass.
    public func backward(index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>)
        -> Matrix<Scalar>
    {
        team.clock.enter(.weightGradients)
        switch form {
        case .dense(let weight, let bias):
            weight.sumGradient(
                input, index: index, dLogits, index: index, leaves: leaves, bias: bias, into: gradients, team: team)
            gradients.complete(stage)
            team.clock.enter(.outputBackward)
            let dInput = gradientMemory.reshaped(rows: input.rows, columns: input.columns)
            let rows = RowSelection.all(input.rows)
            weight.backward(dLogits, rows: rows, from: .zero, into: dInput, rows: rows, team: team)
            return dInput
        case .adaptive(let softmax):
            defer { gradients.complete(stage) }
            return softmax.backward(index: index, leaves: leaves, into: gradients)
        }
    }

    /// The logarithms of the probabilities of all classes, `[row, classes]`, valid until the next pass.
    public func logProbabilities(_ x: Matrix<Scalar>, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        switch form {
        case .dense:
            let result = logits(x, parameters)
            logSoftmax(result, into: result)
            return result
        case .adaptive(let softmax):
            return softmax.logProbabilities(x)
        }
    }

    private func logits(_ x: Matrix<Scalar>, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        let logits = logitsMemory.reshaped(rows: x.rows, columns: classes)
        if case .dense(let weight, let bias) = form {
            weight.forward(
                x, rows: .all(x.rows), from: .bias(offset: bias.offset), bias: parameters.dense, into: logits,
                team: team)
        }
        return logits
    }
}
