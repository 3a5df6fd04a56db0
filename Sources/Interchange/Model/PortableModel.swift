import Configuration

/// A trained model as every framework can be told of it: what exporters read and importers fill.
///
///     tokens or values → input → recurrent layers → read-out → dense layers → output → softmax
///
/// It holds only what has a counterpart elsewhere; making one refuses what has none (`PortableModel.init(_:)`).
public struct PortableModel: Sendable {
    public enum Task: String, Sendable { case classify, languageModel = "language_model", tag }

    /// What the first recurrent layer reads.
    public enum Input: Sendable {
        /// Rows of a table `[tokens, width]`; row 0 is padding, which no text has, row 1 the unknown token.
        case embedding(PortableTensor, isTrained: Bool)
        /// A 1 among zeros for each token: the first layer's input weights are `[tokens, gates · size]`.
        case oneHot(tokens: Int)
        /// So many numbers a time step, as they stand in the data.
        case features(width: Int)
    }

    /// What of the top layer's states the dense layers read.
    public enum Readout: Sendable {
        /// Of each direction the state after its last step, forward then backward: `[batch, size]`.
        case last
        /// Mean, or maximum, over the time steps of a sequence: `[batch, size]`.
        case mean, max
        /// All states: `[batch, time, size]`.
        case everyStep
    }

    public let task: Task
    public var input: Input
    /// Input side first.
    public var layers: [RecurrentLayer]
    public let readout: Readout
    /// Hidden dense layers.
    public var dense: [DenseLayer]
    /// Gives logits; probabilities are their softmax.
    public var output: DenseLayer
    /// Whether the output's weight is the transpose of the embedding.
    public let isTied: Bool
    /// The names of the output's classes in order: labels, tags, or the entries of the vocabulary.
    public let classes: [String]
    /// How texts become token numbers; nil: the input is features.
    public let text: PortableText?
    /// What a user should know: where outputs of another framework will differ, and why.
    public let remarks: [String]

    /// Numbers or tokens there are to choose from.
    public var inputSize: Int {
        switch input {
        case .embedding(let table, _): table.shape[0]
        case .oneHot(let tokens): tokens
        case .features(let width): width
        }
    }

    /// A recurrent layer of one direction, or two whose states stand side by side.
    public struct RecurrentLayer: Sendable {
        public let cell: Cell
        /// Units of each direction.
        public let size: Int
        /// Forward, then backward.
        public var directions: [Direction]
        public var isBidirectional: Bool { directions.count == 2 }
        /// Numbers of a state, of all directions.
        public var outputSize: Int { size * directions.count }
        /// Numbers the layer reads in a time step.
        public var inputSize: Int { directions[0].inputWeight.shape[0] }
    }

    /// The formulas stand in `RecurrentNetworks`; gates are in this order in weights and biases.
    public enum Cell: Equatable, Sendable {
        /// `h = φ(x W + h₋₁ U + b)`
        case elman(ModelConfiguration.Activation)
        /// Gates r, z, n; `h = (1 - z) n + z h₋₁`.
        case gru(ModelConfiguration.Reset)
        /// Gates i, f, g, o.
        case lstm

        public var gates: Int {
            switch self {
            case .elman: 1
            case .gru: 3
            case .lstm: 4
            }
        }
    }

    /// The weights of one direction. `D` numbers come in, `H` units, `G` gates.
    public struct Direction: Equatable, Sendable {
        /// W `[D, G · H]`
        public var inputWeight: PortableTensor
        /// U `[H, G · H]`
        public var recurrentWeight: PortableTensor
        /// b `[G · H]`, the sum of what frameworks with two biases a gate have.
        public var bias: PortableTensor
        /// cₙ `[H]`, of a GRU whose reset gate acts after the recurrent product: `n = tanh(aₙ + r (h₋₁ Uₙ + cₙ))`.
        public var recurrentBias: PortableTensor?
    }

    /// `y = φ(x W + b)`
    public struct DenseLayer: Equatable, Sendable {
        /// W `[in, out]`
        public var weight: PortableTensor
        /// b `[out]`
        public var bias: PortableTensor
        /// nil: none.
        public let activation: ModelConfiguration.Activation?
        public var outputSize: Int { bias.values.count }
    }
}
