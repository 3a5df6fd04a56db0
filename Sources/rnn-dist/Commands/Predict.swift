import ArgumentParser
import HDF5
import Reporting
import Tasks
import Training

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict labels and tags, translate, emit captions, forecast.",
        discussion: """
            rnn-dist predict runs/surnames Dvořák Nguyễn --top-k 3
            rnn-dist predict runs/ag-news --input headlines.txt --format jsonl
            rnn-dist predict runs/ag-news --input headlines.txt --output predictions.h5
            rnn-dist predict runs/multi30k "A dog runs on the beach." --beam 5
            rnn-dist predict runs/airline --input passengers.csv --picture forecast.svg
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, tsv, jsonl }

    @OptionGroup var model: ModelOptions

    @Argument(help: "Texts, or lines of numbers for a model of numeric sequences.")
    var texts: [String] = []

    @Option(
        help: """
            A file with one text a line, plain or gzip; - is standard input. For sequences of several values a time \
            step, and for rows of numbers (captions): a file as in training.
            """,
        completion: .file())
    var input: String?

    @Flag(inversion: .prefixedNo, help: "Lines of numbers begin with a label, as in training; it is not read.")
    var labelled: Bool?

    @Option(
        parsing: .unconditional,
        help: "Labels (translations, captions) to show for each text, with their probabilities.")
    var topK = 1

    @OptionGroup var emission: BeamOptions

    @Option(parsing: .unconditional, help: "Longest sequence to emit, in tokens.")
    var maxLength = 200

    @Option(help: "text, tsv or jsonl.")
    var format = Format.text

    @Option(
        help: "Write the columns of tsv to this HDF5 file (.h5), numbers as numbers, instead of printing them.",
        completion: .file(extensions: ["h5"]))
    var output: String?

    @Option(help: "Of a forecast: write it as an SVG picture to this file.", completion: .file(extensions: ["svg"]))
    var picture: String?

    func validate() throws {
        try OptionRange.check("--top-k", topK, OptionRange.hypotheses)
        try OptionRange.check("--max-length", maxLength, OptionRange.length)
        if texts.isEmpty && input == nil {
            // Where the model was left out, the first text stands in its place.
            do { _ = try CheckpointFolder.resolve(model.checkpoint) } catch { throw ValidationError("\(error)") }
            throw ValidationError("give texts as arguments (after -- where one begins with -), or a file with --input")
        }
        try OptionRange.checkName("--output", output, endsIn: ".h5", hint: "; --format jsonl prints JSON")
        try OptionRange.checkName("--picture", picture, endsIn: ".svg")
        if !texts.isEmpty && input != nil { throw ValidationError("texts and --input exclude each other") }
    }

    func run() throws {
        var request = PredictionRequest()
        request.texts = texts
        request.file = input
        request.isLabelled = labelled
        request.topK = topK
        request.beam = emission.beam
        request.lengthPenalty = emission.lengthPenalty
        request.maximumLength = maxLength
        request.isDrawn = picture != nil
        try runAlone {
            let predictions = try model.load().task.predictAsAsked(request) {
                if let picture { try OutputFile.picture.check(picture) }
                if let output { try OutputFile.predictions.check(output) }
            } notice: {
                // Beside the predictions, of which there is one for each text, not among them.
                Terminal.write("rnn-dist: note: \($0)\n", descriptor: 2)
            }
            if let output {
                let image = try PredictionFile.image(predictions, subject: output)
                try AtomicFile.write(image.bytes, to: output)
                print("wrote \(output)")
            } else {
                printLines(predictions)
            }
            if let picture {
                let curves = predictions.compactMap(\.curve)
                try AtomicFile.write(ForecastPicture(title: "Forecast", curves).svg, to: picture)
            }
        }
    }

    private func printLines(_ predictions: [Prediction]) {
        if format == .tsv, let first = predictions.first {
            print((first.columns.map(\.name) + ["text"]).joined(separator: "\t"))
        }
        for prediction in predictions { print(line(prediction)) }
    }

    private func line(_ prediction: Prediction) -> String {
        switch format {
        case .text: oneField(prediction.subject) + "\t" + prediction.text
        case .tsv: (prediction.columns.map(\.value) + [prediction.subject]).map(oneField).joined(separator: "\t")
        case .jsonl:
            JSONObject(
                [("text", .string(prediction.subject))] + prediction.fields.map { ($0.name, JSONValue($0.value)) }
            ).text
        }
    }

    /// A text that stays inside its field: one blank for each tab or line break.
    private func oneField(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { ["\t", "\n", "\r"].contains($0) ? " " : $0 }))
    }
}

extension JSONValue {
    fileprivate init(_ value: PredictionValue) {
        switch value {
        case .text(let text): self = .string(text)
        case .number(let number): self = .number(number)
        case .integer(let number): self = .integer(number)
        case .float(let number): self = .float(number)
        case .list(let values): self = .array(values.map(JSONValue.init))
        case .object(let members): self = .object(JSONObject(members.map { ($0.name, JSONValue($0.value)) }))
        }
    }
}
