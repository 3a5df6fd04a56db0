import ArgumentParser
import Diagnostics
import Foundation
import Reporting
import Tasks

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write text with a language model, or draw texts about a label.",
        discussion: """
            rnn-dist generate runs/shakespeare --prompt "ROMEO:" --length 400 --temperature 0.8
            rnn-dist generate runs/names-by-language --label Russian --count 5 --temperature 0.8

            The same seed gives the same text.
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "The text to go on from.")
    var prompt = ""

    @Option(help: "The label to write about, of a model of captions.")
    var label: String?

    @Option(
        parsing: .unconditional,
        help: "Tokens to write at most; a model of lines ends at a line's end, one of captions where it likes.")
    var length = 500

    @Option(parsing: .unconditional, help: "Texts to write; by default 1.")
    var count: Int?

    @Option(
        parsing: .unconditional, help: "Below 1 tamer, above 1 wilder; 0: always the most probable; by default 1.")
    var temperature: Double?

    @Option(parsing: .unconditional, help: "Draw only among so many of the most probable.")
    var topK: Int?

    @Option(parsing: .unconditional, help: "Draw only among the most probable that together have this probability.")
    var topP: Double?

    @Option(
        parsing: .unconditional, help: "Of the random numbers; by default 0.",
        transform: OptionRange.reading("a whole number from 0 to \(UInt64.max)") { UInt64($0) })
    var seed: UInt64?

    @Option(
        parsing: .unconditional, help: "Search for the most probable text with so many hypotheses, instead of drawing.")
    var beam: Int?

    @Flag(help: "One JSON object a text; of a model of bytes with the text in base64, too.")
    var json = false

    func validate() throws {
        try OptionRange.check("--length", length, OptionRange.length)
        try OptionRange.check("--count", count, OptionRange.texts)
        try OptionRange.check("--temperature", temperature, OptionRange.temperature)
        try OptionRange.check("--top-k", topK, OptionRange.choices)
        if let topP, !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p is \(topP), expected more than 0, at most 1")
        }
        try OptionRange.check("--beam", beam, OptionRange.hypotheses)
        let drawing = [
            ("--temperature", temperature != nil), ("--top-k", topK != nil), ("--top-p", topP != nil),
            ("--seed", seed != nil), ("--count", count != nil),
        ]
        if beam != nil, let useless = drawing.first(where: \.1)?.0 {
            throw ValidationError(
                "--beam searches for the one most probable text, so that \(useless) is of no use, expected one or "
                    + "the other"
            )
        }
    }

    func run() throws {
        try runAlone {
            let model = try self.model.load()
            guard let task = model.task as? any TextGenerating else {
                throw Diagnostic(
                    model.checkpoint.path, "is a model of task: \(model.checkpoint.configuration.task)",
                    expected: "task: language_model or caption", hint: "use rnn-dist predict", category: .usage)
            }
            for number in 0..<(count ?? 1) { try write(task, number) }
        }
    }

    private func write(_ task: any TextGenerating, _ number: Int) throws {
        var request = GenerationRequest()
        request.prompt = prompt
        request.label = label
        request.length = length
        request.temperature = temperature ?? request.temperature
        request.topK = topK
        request.topP = topP
        request.seed = seed ?? request.seed
        request.number = number
        request.beam = beam
        var written: [UInt8] = []
        try task.generate(request) { piece in
            if json {
                written += piece
            } else {
                // Nothing before the first piece: a prompt that is refused leaves no output.
                Terminal.write(bytes: written.isEmpty ? Array(prompt.utf8) + piece : piece, descriptor: 1)
                written = piece
            }
        }
        if json {
            var object: JSONObject = [
                "prompt": .string(prompt), "text": .string(String(decoding: written, as: UTF8.self)),
            ]
            // A text cut or drawn inside a character is no UTF-8.
            if task.configuration.data.tokens == .bytes {
                object["text_base64"] = .string(Data(written).base64EncodedString())
            }
            if let label { object["label"] = .string(label) }
            print(object.text)
        } else if written.last != UInt8(ascii: "\n") {
            Terminal.write("\n", descriptor: 1)
        }
    }
}
