import Configuration
import Kernels

/// A cell with its convention.
struct CellCase {
    let name: String
    let layer: ModelConfiguration.Layer

    init(
        _ cell: ModelConfiguration.CellKind, _ activation: ModelConfiguration.Activation = .tanh,
        reset: ModelConfiguration.Reset = .after
    ) {
        name = "\(cell) \(cell == .elman ? activation.rawValue : cell == .gru ? reset.rawValue : "")"
        var layer = ModelConfiguration.Layer()
        layer.cell = cell
        layer.activation = activation
        layer.reset = reset
        self.layer = layer
    }

    static let all = [
        CellCase(.elman, .tanh), CellCase(.elman, .relu), CellCase(.elman, .sigmoid), CellCase(.lstm),
        CellCase(.gru, reset: .after), CellCase(.gru, reset: .before),
    ]

    /// A stack of this cell, one size a layer.
    func model(
        _ input: ModelConfiguration.Input, sizes: [Int], bidirectional: Bool,
        readout: ModelConfiguration.Readout = .last
    ) -> ModelConfiguration {
        var model = ModelConfiguration()
        model.input = input
        model.readout = readout
        model.layers = sizes.map { size in
            var layer = layer
            layer.size = size
            layer.bidirectional = bidirectional
            return layer
        }
        return model
    }
}

extension CellCase {
    /// A stack with each regulariser that the cell has, then with all of them.
    func regularized(
        _ input: ModelConfiguration.Input, sizes: [Int], bidirectional: Bool, readout: ModelConfiguration.Readout
    ) -> [(name: String, model: ModelConfiguration)] {
        let isNormalizable = layer.cell != .gru || layer.reset == .after
        let hasMemory = layer.cell == .lstm
        let changes: [(String, Bool, (inout ModelConfiguration) -> Void)] = [
            ("layer normalisation", isNormalizable, { model in
                for i in model.layers.indices { model.layers[i].layerNorm = true }
            }),
            ("zoneout", true, { model in
                    for i in model.layers.indices {
                        (model.layers[i].zoneout, model.layers[i].zoneoutCell) = (0.3, hasMemory ? 0.4 : 0)
                    }
            }),
            ("weight drop", true, { $0.weightDrop = 0.3 }),
            ("embedding dropout", input != .oneHot && input != .features, { $0.embeddingDropout = 0.3 }),
            (
                "variational dropout", input != .oneHot,
                { ($0.dropout, $0.inputDropout, $0.dropoutKind) = (0.3, 0.2, .variational) }
            ),
        ]
        let plain = model(input, sizes: sizes, bidirectional: bidirectional, readout: readout)
        var all = plain
        var cases: [(name: String, model: ModelConfiguration)] = []
        for (name, applies, change) in changes where applies {
            var model = plain
            change(&model)
            cases.append((name, model))
            change(&all)
        }
        return cases + [("everything", all)]
    }
}

/// Numbers that follow from a seed.
struct RandomNumbers {
    private let stream: RandomStream
    private var drawn: UInt64 = 0

    init(seed: UInt64) { stream = RandomStream(seed: seed, purpose: .sampling) }

    /// Uniform in ±1.
    mutating func number() -> Double {
        drawn += 1
        return 2 * stream.uniform(drawn) - 1
    }

    mutating func whole(below bound: Int) -> Int {
        drawn += 1
        return Int(stream.uniform(drawn) * Double(bound))
    }
}

extension Example {
    /// Examples of random lengths up to `longest`, in shards given rising.
    static func random(
        shards: [Int], longest: Int, input: ModelConfiguration.Input, inputSize: Int, classes: Int, seed: UInt64
    ) -> [Example] {
        var random = RandomNumbers(seed: seed)
        return shards.map { shard in
            let length = 1 + random.whole(below: longest)
            var example = Example(label: random.whole(below: classes), shard: shard)
            if input == .features {
                example.features = (0..<length).map { _ in (0..<inputSize).map { _ in 1.5 * random.number() } }
            } else {
                example.tokens = (0..<length).map { _ in Int32(random.whole(below: inputSize)) }
            }
            return example
        }
    }
}

extension TestNetwork {
    /// Values that Float and Double hold alike, wide enough that gates leave their linear range.
    func fill(seed: UInt64, bound: Double) {
        var random = RandomNumbers(seed: seed)
        for place in places {
            for i in 0..<place.shape.reduce(1, *) {
                place.storage[place.offset + i] = Scalar(Float(bound * random.number()))
            }
        }
    }
}

/// `max|a − b| / max(|a|, |b|)`, the maxima over the whole tensor; 0 when both are zero.
func relativeError(_ a: [Double], _ b: [Double]) -> Double {
    var difference = 0.0, size = 0.0
    for (x, y) in zip(a, b) {
        if !(x - y).isFinite { return .infinity }
        difference = max(difference, abs(x - y))
        size = max(size, abs(x), abs(y))
    }
    return a.count != b.count ? .infinity : size == 0 ? 0 : difference / size
}
