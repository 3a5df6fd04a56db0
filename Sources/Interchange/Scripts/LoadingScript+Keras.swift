extension LoadingScript {
    /// The script for `.weights.h5`: it makes the layers anew.
    static func keras(_ model: PortableModel, _ layout: KerasLayout, weights: String) -> LoadingScript {
        let input = model.text == nil ? "(None, \(model.inputSize))" : "(None,), dtype=\"int32\""
        let framework = """
            import keras
            from keras import layers

            model = keras.Sequential(
                [
                    keras.Input(\(input)),
            \(layout.layers.map { "        \(line($0))" }.joined(separator: "\n"))
                ]
            )
            model.load_weights(Path(__file__).parent / "\(weights)")
            """
        return keras(model, framework, weights: weights)
    }

    /// The script for `.keras`, which says by itself what its layers are.
    static func kerasArchive(_ model: PortableModel, weights: String) -> LoadingScript {
        keras(
            model,
            """
            import keras

            model = keras.saving.load_model(Path(__file__).parent / "\(weights)")
            """, weights: weights)
    }

    private static func keras(_ model: PortableModel, _ loading: String, weights: String) -> LoadingScript {
        let shape = model.text == nil ? ", \(model.inputSize)), \(KerasLayout.padding), np.float32" : "), 0, np.int32"
        let framework = """
            \(loading)


            def outputs(sequences):
                \"""Probabilities for each sequence; what pads them is masked.\"""
                lengths = [len(sequence) for sequence in sequences]
                if not lengths:
                    return []
                padded = np.full((len(lengths), max(lengths)\(shape))
                for row, sequence in zip(padded, sequences):
                    row[: len(sequence)] = sequence
                rows = keras.ops.convert_to_numpy(model(padded))
                return \(model.readout.isVector ? "rows" : "[row[:length] for row, length in zip(rows, lengths)]")
            """
        return LoadingScript(
            framework: framework, packages: "keras 3 with one of its backends, and numpy", weights: weights)
    }

    private static func line(_ layer: KerasLayout.Layer) -> String {
        switch layer.kind {
        case .embedding(let tokens, let width, let isOneHot):
            return "layers.Embedding(\(tokens), \(width), mask_zero=True\(isOneHot ? ", trainable=False" : "")),"
                + (isOneHot ? "  # a 1 among zeros" : "")
        case .masking: return "layers.Masking(\(KerasLayout.padding)),"
        case .meanOverTime: return "layers.GlobalAveragePooling1D(),"
        case .dense(let units, let activation): return "layers.Dense(\(units), activation=\"\(activation)\"),"
        case .recurrent(let recurrent, let returnsSequences):
            let given = recurrent.cell.kerasArguments.sorted { $0.key < $1.key }.map { key, value in
                let flag = (value as? Bool).map { $0 ? "True" : "False" }
                return ", \(key)=\(flag ?? "\"\(value)\"")"
            }
            let cell = "layers.\(recurrent.cell.kerasClass.name)(\(recurrent.size)\(given.joined())"
                + "\(returnsSequences ? ", return_sequences=True" : ""))"
            return recurrent.isBidirectional ? "layers.Bidirectional(\(cell))," : "\(cell),"
        }
    }
}
