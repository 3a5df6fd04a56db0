import ArgumentParser

/// How sequences are emitted.
struct BeamOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Hypotheses kept while a sequence is emitted; 1: greedy.")
    var beam = 1

    @Option(parsing: .unconditional, help: "Scores of emitted sequences are divided by their length to this power.")
    var lengthPenalty = 1.0

    func validate() throws {
        if beam < 1 { throw ValidationError("--beam is \(beam), expected at least 1") }
        if !(lengthPenalty >= 0 && lengthPenalty < 100) {
            throw ValidationError("--length-penalty is \(lengthPenalty), expected 0 to 100")
        }
    }
}
