import Diagnostics

/// What a prediction can be asked for besides its texts; each is of use to some models.
public enum PredictionOption: String, Sendable {
    case topK = "--top-k", beam = "--beam", lengthPenalty = "--length-penalty", maximumLength = "--max-length"
    case labelled = "--labelled", picture = "--picture"

    /// Those of models that emit sequences.
    static let ofEmission = [topK, beam, lengthPenalty, maximumLength]

    fileprivate var expected: String {
        switch self {
        case .topK: "task: classify, translate, caption, or tag with hidden words"
        case .beam, .lengthPenalty, .maximumLength: "task: translate or caption"
        case .labelled: "sequences of numbers, a line each"
        case .picture: "a forecast of series"
        }
    }
}

extension PredictionRequest {
    /// The options that ask for something else than what is done anyway.
    var options: [PredictionOption] {
        let plain = PredictionRequest()
        let asked = [
            (PredictionOption.topK, topK != plain.topK), (.beam, beam != plain.beam),
            (.lengthPenalty, lengthPenalty != plain.lengthPenalty),
            (.maximumLength, maximumLength != plain.maximumLength), (.labelled, isLabelled != nil), (.picture, isDrawn),
        ]
        return asked.filter(\.1).map(\.0)
    }
}

extension SequenceTask {
    /// Predicts, once it is certain that nothing asked for would be passed over.
    ///
    /// - Parameter begin: Called before the work, when the request is known to make sense.
    /// - Throws: `Diagnostic` (usage) naming an option that the model has no use for, and for whatever is wrong with texts
    ///   given as arguments; else as `predict`.
    public func predictAsAsked(_ request: PredictionRequest, begin: () throws -> Void = {}) throws -> [Prediction] {
        if let useless = request.options.first(where: { !predictionOptions.contains($0) }) {
            throw Diagnostic(
                useless.rawValue, "the model has no use for it (task: \(Self.name))", expected: useless.expected,
                category: .usage)
        }
        try begin()
        do { return try predict(request) } catch var refusal as Diagnostic {
            // What is wrong with a text of the command line is wrong with the command line.
            if request.file == nil { refusal.category = .usage }
            throw refusal
        }
    }
}
