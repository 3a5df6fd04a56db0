import Diagnostics

extension RunConfiguration {
    /// What a forecast demands of the data and the network.
    func checkForecast(_ given: Given) throws {
        guard task == "forecast" else { return }
        guard model.input == .features else {
            throw given.conflict(
                at: "model.input", "task",
                found: "model.input \(model.input.yaml.shown) does not go with task: forecast",
                expected: "data.tokens: values and model.input: features")
        }
        let isAdding = data.train.isBytewise("builtin:adding")
        if forecast.output != .last, isAdding || data.format == .ucr || data.format == .long {
            throw given.conflict(
                at: "forecast.output",
                found: "forecast.output: \(forecast.output.rawValue) does not go with "
                    + (isAdding ? "builtin:adding" : "data.format: \(data.format.rawValue)"),
                expected: "forecast.output: last", hint: "one number is said about each sequence")
        }
        if isAdding { try checkHeldOut(given) }
        guard forecast.output == .everyStep else { return }
        if model.layers.contains(where: \.bidirectional) {
            throw given.conflict(
                at: "model.layers", "forecast.output",
                found: "a bidirectional layer does not go with forecast.output: every_step",
                expected: "layers of one direction", hint: "the other one would have read what is to be forecast")
        }
        if model.readout != .last {
            throw given.conflict(
                at: "model.readout", "forecast.output",
                found: "model.readout: \(model.readout.rawValue) does not go with forecast.output: every_step",
                expected: "model.readout: last")
        }
    }

    /// What the copying problem demands of the data and the network.
    func checkMemory(_ given: Given) throws {
        guard task == "memory" else { return }
        guard data.train.isBytewise("builtin:copy") else {
            throw given.conflict(
                at: "data.train", found: "data.train is \(data.train.shown)", expected: "builtin:copy with task: memory"
            )
        }
        try checkHeldOut(given)
        if model.layers.contains(where: \.bidirectional) {
            throw given.conflict(
                at: "model.layers", found: "a bidirectional layer does not go with task: memory",
                expected: "layers of one direction", hint: "the other one would have read the answer's end first")
        }
    }

    /// Made-up examples are held out of those made up.
    private func checkHeldOut(_ given: Given) throws {
        guard data.validation != nil else { return }
        throw given.conflict(
            at: "data.validation", found: "data.validation does not go with \(data.train.shown)",
            expected: "data.validation_fraction")
    }
}
