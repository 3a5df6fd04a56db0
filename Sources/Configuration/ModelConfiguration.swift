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
    /// Hidden dense layers before the output layer.
    public var dense: [Dense] = []
    public var initializer = Initializer.pytorch

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

    public enum CellKind: String, CaseIterable, Sendable { case elman, gru, lstm }
    public enum Activation: String, CaseIterable, Sendable { case tanh, relu, sigmoid }
    public enum Reset: String, CaseIterable, Sendable { case before, after }
    public enum Readout: String, CaseIterable, Sendable { case last, mean, max }
    /// How a decoder looks at the states of the encoder; with `none` it knows the last ones alone.
    public enum Attention: String, CaseIterable, Sendable { case none, multiplicative, additive }
    public enum Initializer: String, CaseIterable, Sendable { case pytorch, keras }

    public struct Layer: Equatable, Sendable {
        public var cell = CellKind.gru
        public var size = 128
        public var bidirectional = false
        /// Elman cells only.
        public var activation = Activation.tanh
        /// GRU only: the reset gate acts before (Cho et al. 2014) or after (cuDNN, PyTorch, Keras) the recurrent product.
        public var reset = Reset.after
        /// LSTM only: initial bias of the forget gate; nil: the initializer's own (Keras 1, PyTorch random).
        public var forgetBias: Double?
        public init() {}
    }

    public struct Dense: Equatable, Sendable {
        public var size = 64
        public var activation = Activation.relu
        public init() {}
    }
}
