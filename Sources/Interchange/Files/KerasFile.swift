import Diagnostics
import Foundation
import HDF5

/// What Keras 3 saves: `.weights.h5`, and `.keras`, which holds such a file beside the layers' configuration.
enum KerasFile {
    /// The Keras whose files these are like.
    static let version = "3.15.1"
    static let weightsName = "model.weights.h5"
    static let configurationName = "config.json"
    private static let modelName = "rnn_dist"

    /// The bytes of `.weights.h5`.
    static func weights(_ model: PortableModel, _ layout: KerasLayout, subject: String) throws -> [UInt8] {
        let file = try HDF5File.inMemory(subject)
        try file.setAttribute("comment", of: "", to: OutputFile.model.mark)
        /// A group of a layer's weights, which says the layer's name.
        func makeGroup(_ path: String, _ name: String) throws {
            let parts = path.split(separator: "/").map(String.init) + ["vars"]
            for depth in 1...parts.count { try file.makeGroup(parts.prefix(depth).joined(separator: "/")) }
            try file.setAttribute("name", of: parts.joined(separator: "/"), to: name)
        }
        for layer in layout.layers {
            let path = "layers/\(layer.name)"
            try makeGroup(path, layer.name)
            guard case .recurrent(let recurrent, _) = layer.kind else { continue }
            let cell = recurrent.cell.kerasClass.snake
            if recurrent.isBidirectional {
                for direction in ["forward", "backward"] {
                    try makeGroup("\(path)/\(direction)_layer", "\(direction)_\(cell)")
                    try makeGroup("\(path)/\(direction)_layer/cell", "\(cell)_cell")
                }
            } else {
                try makeGroup("\(path)/cell", "\(cell)_cell")
            }
        }
        try makeGroup("", modelName)
        for tensor in layout.tensors(of: model) {
            try file.write(tensor.tensor.values, to: tensor.name, shape: tensor.tensor.shape)
        }
        // Without the room for a seal, which is ours alone.
        return Array(try file.image().array.dropFirst(HDF5File.userBlockSize))
    }

    /// The bytes of `.keras`.
    static func archive(_ model: PortableModel, _ layout: KerasLayout, subject: String) throws -> [UInt8] {
        let weights = try weights(model, layout, subject: subject)
        // A date would make two archives of one model differ.
        let metadata = [
            "keras_version": version, "date_saved": "1980-01-01@00:00:00", "comment": OutputFile.model.mark,
        ]
        return try ZipArchive.bytes(
            of: [
                ("metadata.json", JSONText.bytes(metadata, isPretty: false)),
                (configurationName, JSONText.bytes(configuration(layout, model), isPretty: false)),
                (weightsName, weights),
            ], subject: subject)
    }

    /// `config.json`: what `keras.saving.load_model` makes the layers from. Initializers and the like, which loaded
    /// weights replace, are left to Keras' defaults.
    private static func configuration(_ layout: KerasLayout, _ model: PortableModel) -> [String: Any] {
        let readsTokens = model.text != nil
        var input: [Any] = [NSNull(), NSNull()]
        if !readsTokens { input.append(layout.layers[0].inputSize) }
        var layers = [
            object(
                "InputLayer",
                ["batch_shape": input, "dtype": readsTokens ? "int32" : "float32", "name": "input_layer"], nil)
        ]
        for layer in layout.layers {
            var shape: [Any] = [NSNull(), NSNull()]
            switch layer.kind {
            case .embedding: break
            case .dense:
                shape = model.readout.isVector ? [NSNull(), layer.inputSize] : shape + [layer.inputSize]
            default: shape.append(layer.inputSize)
            }
            layers.append(configuration(layer, shape))
        }
        return object(
            "Sequential",
            ["name": modelName, "trainable": true, "layers": layers, "build_input_shape": input] as [String: Any],
            input, module: "keras")
    }

    private static func configuration(_ layer: KerasLayout.Layer, _ shape: [Any]) -> [String: Any] {
        var values: [String: Any] = ["name": layer.name, "trainable": true]
        switch layer.kind {
        case .embedding(let tokens, let width, let isOneHot):
            values["input_dim"] = tokens
            values["output_dim"] = width
            values["mask_zero"] = true
            values["trainable"] = !isOneHot
            return object("Embedding", values, shape)
        case .masking:
            values["mask_value"] = KerasLayout.padding
            return object("Masking", values, nil)
        case .meanOverTime:
            return object("GlobalAveragePooling1D", values, nil)
        case .dense(let units, let activation):
            values["units"] = units
            values["activation"] = activation
            return object("Dense", values, shape)
        case .recurrent(let recurrent, let returnsSequences):
            func cell(_ name: String, goesBackward: Bool) -> [String: Any] {
                var values = recurrent.cell.kerasArguments
                values["name"] = name
                values["trainable"] = true
                values["units"] = recurrent.size
                values["return_sequences"] = returnsSequences
                values["go_backwards"] = goesBackward
                if recurrent.isBidirectional { values["zero_output_for_mask"] = returnsSequences }
                return object(recurrent.cell.kerasClass.name, values, shape)
            }
            guard recurrent.isBidirectional else { return cell(layer.name, goesBackward: false) }
            let name = recurrent.cell.kerasClass.snake
            values["merge_mode"] = "concat"
            values["layer"] = cell("forward_\(name)", goesBackward: false)
            values["backward_layer"] = cell("backward_\(name)", goesBackward: true)
            return object("Bidirectional", values, shape)
        }
    }

    private static func object(
        _ name: String, _ values: [String: Any], _ shape: [Any]?, module: String = "keras.layers"
    ) -> [String: Any] {
        var object: [String: Any] = [
            "module": module, "class_name": name, "config": values, "registered_name": NSNull(),
        ]
        if let shape { object["build_config"] = ["input_shape": shape] }
        return object
    }
}
