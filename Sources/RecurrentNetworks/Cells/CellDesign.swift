import Configuration
import Kernels

/// What a cell is made of, beside its kind: names, sizes, first values, regularisers.
struct CellDesign {
    let name: String
    let size: Int
    let initial: RecurrentInitializer
    private let layer: ModelConfiguration.Layer

    init(name: String, _ layer: ModelConfiguration.Layer, _ initial: RecurrentInitializer) {
        self.name = name
        size = layer.size
        self.initial = initial
        self.layer = layer
    }

    /// The gain of layer normalisation over the recurrent part of the pre-activations; nil: it is not normalised.
    func recurrentGain(columns: Int, note: String?, _ layout: inout ParameterLayout) -> ParameterSlice? {
        layer.layerNorm ? layout.add("\(name)/recurrent_gain", shape: [columns], .constant(1), note: note) : nil
    }

    /// Layer normalisation of an LSTM's cell states; nil: they are not normalised.
    func cellNormalization<Scalar: KernelScalar>(_ layout: inout ParameterLayout) -> LayerNormalization<Scalar>? {
        guard layer.layerNorm else { return nil }
        let gain = layout.add("\(name)/cell_gain", shape: [size], .constant(1))
        let bias = layout.add("\(name)/cell_bias", shape: [size], .constant(0))
        return LayerNormalization(gain: gain, bias: bias, columns: 0..<size)
    }

    /// Zoneout of the hidden states; nil: there is none.
    func hiddenZoneout<Scalar: KernelScalar>() -> Zoneout<Scalar>? {
        layer.zoneout > 0 ? Zoneout(probability: layer.zoneout, name: "\(name)/hidden") : nil
    }

    /// Zoneout of an LSTM's cell states; nil: there is none.
    func cellZoneout<Scalar: KernelScalar>() -> Zoneout<Scalar>? {
        layer.zoneoutCell > 0 ? Zoneout(probability: layer.zoneoutCell, name: "\(name)/cell") : nil
    }
}
