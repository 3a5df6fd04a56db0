import Configuration
import Kernels
import RecurrentNetworks
import TestSupport

/// One sequence with its class.
struct Example {
    var tokens: [Int32] = []
    /// `[time][feature]`
    var features: [[Double]] = []
    var label: Int
    var shard: Int

    var length: Int { max(tokens.count, features.count) }
}

/// What a network computes over a whole minibatch, cut into ranks or not.
struct Outcome<Scalar: KernelScalar> {
    /// In the order of the examples.
    var logits: [[Scalar]]
    var losses: [Scalar]
    /// Summed over all shards in the tree; tables in full.
    var gradients: [(name: String, values: [Scalar])]
}

/// A classifier out of the parts under test: encoder, dense layers, output layer, softmax.
final class TestNetwork<Scalar: KernelScalar> {
    let parameters: Parameters<Scalar>
    private let encoder: SequenceEncoder<Scalar>
    private let dense: [DenseLayer<Scalar>]
    private let classWeights: [Scalar]
    private let team: ThreadTeam

    init(_ model: ModelConfiguration, inputSize: Int, classWeights: [Double], threads: Int = 1) {
        team = ThreadTeam(count: threads)
        self.classWeights = classWeights.map { Scalar($0) }
        var layout = ParameterLayout()
        encoder = SequenceEncoder(model, inputSize: inputSize, team: team, layout: &layout)
        var dense: [DenseLayer<Scalar>] = []
        var width = encoder.outputSize
        for (number, layer) in model.dense.enumerated() {
            dense.append(
                DenseLayer(
                    name: "dense/\(number)", inputSize: width, outputSize: layer.size,
                    function: ActivationFunction(rawValue: layer.activation.rawValue), initializer: model.initializer,
                    layout: &layout))
            width = layer.size
        }
        dense.append(
            DenseLayer(
                name: "output", inputSize: width, outputSize: classWeights.count, function: nil,
                initializer: model.initializer,
                layout: &layout))
        self.dense = dense
        parameters = Parameters(layout)
    }

    /// Places of the parameters: name, shape, buffer and first element.
    var places: [Place] {
        parameters.layout.dense.map {
            Place(name: $0.name, shape: $0.shape, storage: parameters.dense, offset: $0.offset, slice: $0)
        }
            + zip(parameters.layout.tables, parameters.tables).map {
                Place(name: $0.name, shape: [$0.rows, $0.width], storage: $1.storage, offset: 0, slice: nil)
            }
    }

    struct Place {
        let name: String, shape: [Int], storage: AlignedBuffer<Scalar>, offset: Int, slice: ParameterSlice?

        /// Row-major.
        var values: [Scalar] {
            rowMajor((0..<shape.reduce(1, *)).map { storage[offset + $0] })
        }

        func rowMajor(_ stored: [Scalar]) -> [Scalar] { slice?.rowMajor(stored) ?? stored }

        func set(_ values: [Double]) {
            if let slice { return slice.set(values, in: storage) }
            for (i, value) in values.enumerated() { storage[offset + i] = Scalar(value) }
        }
    }

    /// The examples of some shards, packed.
    struct Part {
        let input: SequenceInput<Scalar>
        /// The example of each packed sequence.
        let numbers: [Int]
        let subtrees: [Range<Int>]
    }

    func part(_ examples: [Example], subtrees: [Range<Int>]) -> Part {
        let own = examples.indices.filter { i in subtrees.contains { $0.contains(examples[i].shard) } }
        let packed = PackedSequences(
            lengths: own.map { examples[$0].length }, shards: own.map { examples[$0].shard },
            subtreeShards: ShardSubtrees(subtrees))
        let numbers = packed.order.map { own[$0] }
        let rows = (0..<packed.steps).flatMap { t in (0..<packed.active[t]).map { (examples[numbers[$0]], t) } }
        var tokens: AlignedBuffer<Int32>?, features: Matrix<Scalar>?
        if examples.contains(where: { !$0.tokens.isEmpty }) {
            tokens = AlignedBuffer(rows.map { $0.tokens[$1] })
        } else {
            let values = AlignedBuffer(rows.flatMap { $0.features[$1].map { Scalar($0) } })
            features = Matrix(values, rows: rows.count, columns: examples[0].features[0].count)
        }
        let input = SequenceInput(
            packed: packed, tokens: tokens, features: features, examples: AlignedBuffer(numbers.map { Int32($0) }))
        return Part(input: input, numbers: numbers, subtrees: subtrees)
    }

    func pack() {
        encoder.pack(parameters)
        for layer in dense { layer.pack(parameters) }
    }

    /// - Returns: Logits, which `backward` goes on with once they have become gradients.
    private func logits(_ part: Part, _ pass: Pass) -> Matrix<Scalar> {
        dense.reduce(encoder.forward(part.input, pass, parameters)) { $1.forward($0, parameters, team: team) }
    }

    private func losses(_ logits: Matrix<Scalar>, _ part: Part, _ examples: [Example]) -> [Scalar] {
        let labels = part.numbers.map { examples[$0].label }
        var losses = [Scalar](repeating: 0, count: labels.count),
            predictions = [Int32](repeating: 0, count: labels.count)
        softmaxCrossEntropy(
            logits, targets: labels.map { Int32($0) }, weights: labels.map { classWeights[$0] }, losses: &losses,
            predictions: &predictions)
        return losses
    }

    /// The sum of all losses, for numeric gradients.
    func loss(_ part: Part, _ examples: [Example], _ pass: Pass = .evaluation) -> Scalar {
        pack()
        return losses(logits(part, pass), part, examples).reduce(0, +)
    }

    /// Runs the minibatch in parts, as ranks would, and folds what they give in the tree over `shards`.
    func run(_ examples: [Example], ranks: [[Range<Int>]], shards: Int, pass: Pass) -> Outcome<Scalar> {
        pack()
        var logits = [[Scalar]](repeating: [], count: examples.count),
            losses = [Scalar](repeating: 0, count: examples.count)
        var sums: [(Range<Int>, [[Scalar]]?)] = []
        for subtrees in ranks {
            let part = part(examples, subtrees: subtrees)
            let z = self.logits(part, pass)
            for (j, number) in part.numbers.enumerated() { logits[number] = (0..<z.columns).map { z[j, $0] } }
            for (j, loss) in self.losses(z, part, examples).enumerated() { losses[part.numbers[j]] = loss }
            let gradients = Gradients<Scalar>(parameters.layout, subtrees: subtrees.count)
            let packed = part.input.packed
            let top = dense.reversed().reduce(z) {
                $1.backward($0, index: packed.leafSequences, leaves: packed.sequenceLeaves, into: gradients, team: team)
            }
            encoder.backward(top, part.input, pass, into: gradients)
            for (number, range) in subtrees.enumerated() {
                let isPresent = !part.input.packed.sequenceLeaves.subtrees[number].isEmpty
                sums.append((range, isPresent ? gradients.tensors(subtree: number, parameters.layout) : nil))
            }
        }
        let total = SummationTree.fold(0..<shards, sums) ?? []
        return Outcome(logits: logits, losses: losses, gradients: zip(places, total).map { ($0.name, $1) })
    }
}
