/// The network: input, recurrent layers, read-out, dense layers.
public struct ModelConfiguration: Equatable, Sendable {
    public var input = Input.oneHot
    public var layers = [Layer()]
    /// Layers of the decoder; empty: for each of `layers` one of the same cell and size that runs forward.
    public var decoderLayers: [Layer] = []
    public var attention = Attention.multiplicative
    public var readout = Readout.last
    /// Probability of dropping a unit between layers.
    public var dropout = 0.0
    public var dropoutKind = DropoutKind.standard
    /// Probability of dropping a unit of the first layer's input; nil: `dropout` where a task reads and writes
    /// sentences, else 0.
    public var inputDropout: Double?
    /// Probability of dropping a row of the embedding, wherever its token occurs.
    public var embeddingDropout = 0.0
    /// Probability of dropping an element of a recurrent weight, for a whole optimizer step.
    public var weightDrop = 0.0
    public var output = Output()
    /// Hidden dense layers before the output layer.
    public var dense: [Dense] = []
    public var initializer = Initializer.pytorch
    public var precision = Precision.float32

    public init() {}

    public enum Input: Equatable, Sendable {
        /// `{one_hot: true}`: a row gather of the first layer's input weights.
        case oneHot
        /// `{embedding: 128}`.
        case embedding(size: Int)
        /// `{vectors: glove.txt, trainable: true}`: pretrained word vectors.
        case vectors(path: String, trainable: Bool)
        /// `features`: the numeric values of each time step.
        case features
    }

    /// How products round their operands; sums, weights and everything else are float32.
    public enum Precision: String, CaseIterable, Sendable { case float32, bfloat16 }
    public enum CellKind: String, CaseIterable, Sendable { case elman, gru, lstm }
    public enum Activation: String, CaseIterable, Sendable { case tanh, relu, sigmoid }
    public enum Reset: String, CaseIterable, Sendable { case before, after }
    public enum Readout: String, CaseIterable, Sendable { case last, mean, max }
    /// How a decoder looks at the states of the encoder; with `none` it knows the last ones alone.
    public enum Attention: String, CaseIterable, Sendable { case none, multiplicative, additive }
    public enum Initializer: String, CaseIterable, Sendable { case pytorch, keras }

    /// One dropout mask a time step, or one a sequence that is the same in all its time steps.
    public enum DropoutKind: String, CaseIterable, Sendable { case standard, variational }
    public enum Softmax: String, CaseIterable, Sendable { case full, adaptive }

    /// The output layer of a task that names a token in every time step.
    public struct Output: Equatable, Sendable {
        public var softmax = Softmax.full
        /// full: the weight is the embedding.
        public var tied = false
        /// adaptive: where clusters of ever rarer tokens begin.
        public var cutoffs: [Int] = []
        /// adaptive: how much narrower each cluster is than the one before.
        public var factor = 4.0
        public init() {}
    }

    public struct Layer: Equatable, Sendable {
        public var cell = CellKind.gru
        public var size = 128
        public var bidirectional = false
        /// Elman cells only.
        public var activation = Activation.tanh
        /// GRU only: the reset gate acts before (Cho et al. 2014) or after (cuDNN, PyTorch, Keras) the recurrent
        /// product.
        public var reset = Reset.after
        /// LSTM only: initial bias of the forget gate; nil: the initializer's own (Keras 1, PyTorch random).
        public var forgetBias: Double?
        /// Normalises both parts of the pre-activations, and an LSTM's cell states (Ba, Kiros & Hinton 2016).
        public var layerNorm = false
        /// Probability that a unit keeps its hidden state (Krueger et al. 2017).
        public var zoneout = 0.0
        /// LSTM only: likewise of its cell state.
        public var zoneoutCell = 0.0
        public init() {}
    }

    public struct Dense: Equatable, Sendable {
        public var size = 64
        public var activation = Activation.relu
        public init() {}
    }
}
