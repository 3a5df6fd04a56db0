import Kernels

extension StepPhase {
    /// In JSON.
    package var key: String {
        switch self {
        case .inputProjection: "input_projection"
        case .outputBackward: "output_backward"
        case .recurrenceBackward: "recurrence_backward"
        case .inputBackward: "input_backward"
        case .weightGradients: "weight_gradients"
        case .data, .recurrence, .output, .waiting, .reduction, .optimizer, .packing, .other, .start, .checkpoint:
            "\(self)"
        }
    }
}
