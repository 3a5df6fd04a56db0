import Configuration

/// First values of one direction of a recurrent layer, by the conventions of the library named.
struct RecurrentInitializer {
    let inputWeight: InitialValues
    let recurrentWeight: InitialValues
    let bias: InitialValues
    /// The recurrent bias of a reset-after GRU's candidate.
    let candidateBias: InitialValues
    /// So many elements of the bias stand for the sum of two.
    let doubledBiases: Int

    /// - PyTorch: everything uniform in ±1/√H; where it keeps two biases, our one bias begins as their sum.
    /// - Keras: Glorot-uniform input weights, orthogonal recurrent weights, zero biases, forget gate 1.
    init(_ initializer: ModelConfiguration.Initializer, _ layer: ModelConfiguration.Layer) {
        let size = layer.size
        let keras = initializer == .keras
        // Beside a gain of 1, biases begin at 0: PyTorch's limits are for products that nobody normalises.
        let zeroBiases = keras || layer.layerNorm
        let limit = 1 / Double(size).squareRoot()
        inputWeight = keras ? .glorotUniform : .uniform(limit: limit)
        recurrentWeight = keras ? .orthogonal : .uniform(limit: limit)
        candidateBias = zeroBiases ? .constant(0) : .uniform(limit: limit)
        let one: InitialValues = zeroBiases ? .constant(0) : .uniform(limit: limit)
        let sum: InitialValues = zeroBiases ? .constant(0) : .uniform(limit: limit, draws: 2)
        switch layer.cell {
        case .elman:
            bias = sum
            doubledBiases = zeroBiases ? 0 : size
        case .lstm:
            doubledBiases = zeroBiases ? 0 : 4 * size
            let forget: InitialValues = layer.forgetBias.map { .constant($0) } ?? (keras ? .constant(1) : sum)
            bias = .parts([(size, sum), (size, forget), (2 * size, sum)])
        case .gru:
            doubledBiases = layer.reset == .after && !layer.layerNorm ? 2 * size : 0
            bias = .parts([(2 * size, sum), (size, layer.reset == .after ? one : sum)])
        }
    }
}
