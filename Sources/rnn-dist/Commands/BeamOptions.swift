import ArgumentParser

/// How sequences are emitted.
struct BeamOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Hypotheses kept while a sequence is emitted; 1: greedy.")
    var beam = 1

    @Option(parsing: .unconditional, help: "Scores of emitted sequences are divided by their length to this power.")
    var lengthPenalty = 1.0

    func validate() throws {
        try OptionRange.check("--beam", beam, OptionRange.hypotheses)
        try OptionRange.check("--length-penalty", lengthPenalty, OptionRange.lengthPenalty)
    }
}
