import RecurrentNetworks

/// The layers of a model with their output shapes and parameters, as Keras users know it.
public struct LayerSummary: Sendable {
    public struct Layer: Sendable {
        /// As in the checkpoint: `layers/0`.
        public var name: String
        /// In words: `GRU, bidirectional`.
        public var kind: String
        public var outputShape: [LayerDescription.Extent]
        public var parameters: Int
        /// Whether training changes the parameters; pretrained vectors may be frozen.
        public var isTrained: Bool

        public init(
            name: String, kind: String, outputShape: [LayerDescription.Extent], parameters: Int, isTrained: Bool = true
        ) {
            self.name = name
            self.kind = kind
            self.outputShape = outputShape
            self.parameters = parameters
            self.isTrained = isTrained
        }
    }

    /// From input to output.
    public var layers: [Layer]
    /// Memory of the optimizer's state; nil: not known here.
    public var optimizerBytes: Int?

    public init(layers: [Layer], optimizerBytes: Int? = nil) {
        self.layers = layers
        self.optimizerBytes = optimizerBytes
    }

    /// Parameters of all layers.
    public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }

    /// Parameters that training changes.
    public var trainedParameters: Int { layers.reduce(0) { $0 + ($1.isTrained ? $1.parameters : 0) } }

    /// Table and totals, lines ended by a line feed.
    public var text: String {
        var table = TextTable(columns: [
            .init("layer"), .init("kind"), .init("output shape"), .init("parameters", .right), .init("size", .right),
        ])
        for layer in layers {
            let shape = layer.outputShape.map(Self.text(of:)).joined(separator: ", ")
            table.add([
                layer.name, layer.kind + (layer.isTrained ? "" : " (frozen)"), "[\(shape)]",
                Quantity.count(layer.parameters), Quantity.bytes(bytes(layer.parameters)),
            ])
        }
        table.addRule()
        table.add(["total", "", "", Quantity.count(parameters), Quantity.bytes(bytes(parameters))])
        if trainedParameters != parameters {
            let frozen = parameters - trainedParameters
            table.add(["trained", "", "", Quantity.count(trainedParameters), Quantity.bytes(bytes(trainedParameters))])
            table.add(["frozen", "", "", Quantity.count(frozen), Quantity.bytes(bytes(frozen))])
        }
        if let optimizerBytes {
            table.add(["optimizer state", "", "", "", Quantity.bytes(optimizerBytes)])
        }
        return table.text
    }

    /// The same for programs; sizes that differ from batch to batch are null.
    public var json: JSONObject {
        var object: JSONObject = [
            "layers": .array(
                layers.map { layer in
                    .object([
                        "name": .string(layer.name), "kind": .string(layer.kind),
                        "output_shape": .array(
                            layer.outputShape.map { if case .size(let size) = $0 { .integer(size) } else { .null } }),
                        "parameters": .integer(layer.parameters), "bytes": .integer(bytes(layer.parameters)),
                        "trained": .bool(layer.isTrained),
                    ])
                }),
            "parameters": .integer(parameters), "trained_parameters": .integer(trainedParameters),
            "bytes": .integer(bytes(parameters)),
        ]
        if let optimizerBytes { object["optimizer_bytes"] = .integer(optimizerBytes) }
        return object
    }

    /// Parameters are 32-bit floats.
    private func bytes(_ parameters: Int) -> Int { parameters * 4 }

    private static func text(of dimension: LayerDescription.Extent) -> String {
        switch dimension {
        case .batch: "batch"
        case .time: "time"
        case .size(let size): String(size)
        }
    }
}

extension LayerSummary {
    /// A network's layers with the parameters whose names begin with theirs.
    public init(_ layers: [LayerDescription], _ layout: ParameterLayout) {
        func parameters(_ name: String) -> Int {
            layout.dense.filter { $0.name.hasPrefix(name + "/") }.reduce(0) { $0 + $1.count }
                + layout.tables.filter { $0.name.hasPrefix(name + "/") }.reduce(0) { $0 + $1.rows * $1.width }
        }
        self.init(
            layers: layers.map {
                Layer(
                    name: $0.name, kind: $0.kind, outputShape: $0.outputShape, parameters: parameters($0.name),
                    isTrained: $0.isTrained)
            })
    }
}
