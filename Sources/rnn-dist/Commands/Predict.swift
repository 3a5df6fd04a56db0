import ArgumentParser
import Diagnostics
import Kernels
import Reporting
import SequenceData
import Tasks

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict the labels of texts or sequences.",
        discussion: """
            rnn-dist predict runs/surnames Dvořák Nguyễn --top-k 3
            rnn-dist predict runs/ag-news --input headlines.txt --format jsonl
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, tsv, jsonl }

    @Argument(help: "A checkpoint, or the folder of a run (its newest checkpoint).")
    var checkpoint: String

    @Argument(help: "Texts, or lines of numbers for a model of numeric sequences.")
    var texts: [String] = []

    @Option(help: "A file with one text a line, plain or gzip; - is standard input. For sequences of several values a time step: a file as in training.")
    var input: String?

    @Option(help: "Labels to show for each text, with their probabilities.")
    var topK = 1

    @Option(help: "text, tsv or jsonl.")
    var format = Format.text

    @Option(help: "Threads.")
    var threads = 1

    func validate() throws {
        if topK < 1 { throw ValidationError("--top-k is \(topK), expected at least 1") }
        if threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
        if threads > 1024 { throw ValidationError("--threads is \(threads), expected at most 1024") }
        if texts.isEmpty && input == nil { throw ValidationError("give texts as arguments (after -- where one begins with -), or a file with --input") }
        if !texts.isEmpty && input != nil { throw ValidationError("texts and --input exclude each other") }
    }

    func run() throws {
        try runAlone {
            let model = try LoadedModel(checkpoint, team: ThreadTeam(count: threads))
            let (texts, ranked) = try predictions(model.task)
            if format == .tsv { print((1...min(topK, model.task.labels.count)).flatMap { ["label_\($0)", "probability_\($0)"] }.joined(separator: "\t") + "\ttext") }
            for (text, labels) in zip(texts, ranked) { print(line(text, labels)) }
        }
    }

    /// What was asked for and the labels of each.
    private func predictions(_ task: ClassificationTask) throws -> (texts: [String], ranked: [[RankedLabel]]) {
        if let input, task.featureWidth > 1 {
            let ranked = try task.predict(file: input, top: topK)
            return (ranked.indices.map { "sequence \($0 + 1)" }, ranked)
        }
        let texts = try input.map { try CorpusReader.lines(of: $0) } ?? self.texts
        return (texts, try task.predict(texts, top: topK, source: input ?? "argument"))
    }

    private func line(_ text: String, _ labels: [RankedLabel]) -> String {
        switch format {
        case .text:
            return oneField(text) + "\t" + labels.map { "\($0.label) \(Quantity.percent(Double($0.probability)))" }.joined(separator: ", ")
        case .tsv:
            let columns = labels.flatMap { [$0.label, "\($0.probability)"] }
            return columns.joined(separator: "\t") + "\t" + oneField(text)
        case .jsonl:
            let object: JSONObject = [
                "text": .string(text),
                "predictions": .array(
                    labels.map { .object(["label": .string($0.label), "probability": .float($0.probability)]) }),
            ]
            return object.text
        }
    }

    /// A text that stays inside its field: one blank for each tab or line break.
    private func oneField(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { ["\t", "\n", "\r"].contains($0) ? " " : $0 }))
    }
}
