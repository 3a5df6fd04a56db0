import Diagnostics

extension RunConfiguration {
    /// What penalties on activations demand: an output in every time step.
    func checkPenalties(_ given: Given) throws {
        let (activations, changes) = training.activationPenalties
        guard activations > 0 || changes > 0 else { return }
        let key = "training.\(activations > 0 ? "" : "temporal_")activation_regularization"
        if task == "tag", tagging.hiddenWords != nil {
            throw given.conflict(
                at: key, "tagging.hidden_words", found: "\(key) does not go with tagging.hidden_words",
                expected: "a network that names every word")
        }
        if task == "forecast", forecast.output == .last {
            throw given.conflict(
                at: key, "forecast.output", found: "\(key) does not go with forecast.output: last",
                expected: "every_step or decoder")
        }
    }

    /// Windows of random lengths are those of a text that is read in one run.
    func checkRandomTruncation(_ given: Given) throws {
        guard let random = training.randomTruncation else { return }
        if data.lines {
            throw given.conflict(
                at: "training.random_truncation", "data.lines",
                found: "training.random_truncation does not go with data.lines",
                expected: "a continuous text: data.lines: false")
        }
        let base = training.truncation ?? RunConfiguration.textWindow
        guard random.minimum > base / 2 else { return }
        throw given.conflict(
            at: "training.random_truncation.minimum", "training.truncation",
            found: "training.random_truncation.minimum is \(random.minimum)",
            expected: "at most half of training.truncation, \(base / 2)")
    }

    /// Time steps of a window of continuous text, unless given.
    package static var textWindow: Int { 35 }
}
