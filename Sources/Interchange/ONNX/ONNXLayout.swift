/// How ONNX's recurrent operators keep weights: `[G · H, D]`, gates in the order i o f c of an LSTM, z r h of a GRU,
/// and two biases, one behind the other.
///
/// - Source: ONNX operators LSTM-14, GRU-14, RNN-14.
enum ONNXLayout {
    /// W `[G · H, D]`, R `[G · H, H]` and B `[2 · G · H]` of a direction.
    static func tensors(of direction: PortableModel.Direction, _ cell: PortableModel.Cell) -> [PortableTensor] {
        let order = order(cell), bias = direction.bias.gates(order)
        var recurrent = [Float](repeating: 0, count: bias.values.count)
        // Only the candidate's has a meaning of its own: the reset gate acts on it.
        if let own = direction.recurrentBias {
            recurrent.replaceSubrange((recurrent.count - own.values.count)..., with: own.values)
        }
        return [
            direction.inputWeight.gates(order).transposed, direction.recurrentWeight.gates(order).transposed,
            PortableTensor(shape: [2 * recurrent.count], bias.values + recurrent),
        ]
    }

    /// ONNX's order of gates in terms of ours.
    private static func order(_ cell: PortableModel.Cell) -> [Int] {
        switch cell {
        case .elman: [0]
        case .gru: [1, 0, 2]
        case .lstm: [0, 3, 1, 2]
        }
    }
}

extension PortableTensor {
    /// Tensors of one shape behind each other, along a first dimension of their own.
    static func stacked(_ tensors: [PortableTensor]) -> PortableTensor {
        PortableTensor(shape: [tensors.count] + tensors[0].shape, tensors.flatMap(\.values))
    }
}
