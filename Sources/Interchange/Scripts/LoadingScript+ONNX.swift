extension LoadingScript {
    /// The script for an ONNX file.
    static func onnx(_ model: PortableModel, weights: String) -> LoadingScript {
        let isText = model.text != nil
        let shape = isText ? "max(lengths)), np.int64" : "max(lengths), \(model.inputSize)), np.float32"
        let framework = """
            import onnxruntime

            session = onnxruntime.InferenceSession(
                str(Path(__file__).parent / "\(weights)"), providers=["CPUExecutionProvider"]
            )


            def outputs(sequences):
                \"""Probabilities for each sequence; what pads them is not read.\"""
                lengths = [len(sequence) for sequence in sequences]
                if not lengths:
                    return []
                padded = np.zeros((len(lengths), \(shape))
                for row, sequence in zip(padded, sequences):
                    row[: len(sequence)] = sequence
                inputs = {"\(isText ? "tokens" : "values")": padded, "lengths": np.array(lengths, np.int64)}
                (rows,) = session.run(["probabilities"], inputs)
                return \(model.readout.isVector ? "rows" : "[row[:length] for row, length in zip(rows, lengths)]")
            """
        return LoadingScript(framework: framework, packages: "onnxruntime and numpy", weights: weights)
    }
}
