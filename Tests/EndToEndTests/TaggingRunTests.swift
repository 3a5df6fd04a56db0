import Foundation
import TestSupport
import XCTest

/// Taggings under the program's promises: one answer, nothing lost, readable predictions.
final class TaggingRunTests: XCTestCase {
    func testRanksAndThreadsDoNotChangeATaggerWithAWindowCharactersAndAField() throws {
        let place = try Workplace()
        try writeSentences(place, 500)
        let arguments = ["tag.yaml", "--set", "training.epochs=7"]  // 32 steps each
        let alone = try place.digest(afterTraining: arguments + ["--threads", "1"], output: "alone")
        XCTAssertEqual(
            try place.digest(afterTraining: arguments + ["--threads", "2"], output: "threads"), alone, "2 threads")
        for ranks in [2, 3, 8] {
            XCTAssertEqual(
                try place.digest(afterTraining: arguments + ["--threads", "1"], output: "\(ranks)", ranks: ranks),
                alone, "\(ranks) ranks")
        }
        let last = try XCTUnwrap(try place.metrics("3").last { $0["event"] as? String == "epoch" })
        XCTAssertGreaterThanOrEqual(try XCTUnwrap(last["step"] as? Int), 200)
        XCTAssertGreaterThan(try XCTUnwrap(last["validation_f1"] as? Double), 0.9)
        XCTAssertEqual(
            last["validation_f1"] as? Double,
            try place.metrics("alone").last { $0["event"] as? String == "epoch" }?["validation_f1"] as? Double)
    }

    func testRanksDoNotChangeATaggerWithEveryRegularizer() throws {
        let place = try Workplace()
        try writeSentences(place, 300)
        let settings = [
            "model.layers=[{cell: lstm, size: 10, bidirectional: true, zoneout: 0.1, layer_norm: true}, {cell: gru, size: 8}]",
            "model.dropout_kind=variational", "model.embedding_dropout=0.1", "model.weight_drop=0.3",
            "training.activation_regularization=2", "training.temporal_activation_regularization=1",
        ]
        for wire in ["float32", "bfloat16"] {
            let arguments = ["tag.yaml", "--set", "training.wire=\(wire)"] + settings.flatMap { ["--set", $0] }
            let alone = try place.digest(afterTraining: arguments, output: "\(wire)-alone")
            for ranks in [2, 3, 8] {
                XCTAssertEqual(
                    try place.digest(afterTraining: arguments, output: "\(wire)-\(ranks)", ranks: ranks), alone,
                    "\(wire), \(ranks) ranks")
            }
        }
    }

    func testRanksDoNotChangeWhichWordsAreHidden() throws {
        let place = try Workplace()
        try writeSentences(place, 200)
        let arguments = [
            "tag.yaml", "--set", "tagging.hidden_words=0.2", "--set", "tagging.scheme=null", "--set",
            "tagging.output=softmax",
            "--set", "training.early_stopping=null",
        ]
        let alone = try place.digest(afterTraining: arguments, output: "alone")
        XCTAssertEqual(try place.digest(afterTraining: arguments, output: "3", ranks: 3), alone)
        let predicted = try place.run(["predict", "alone", "fly to ___ please"])
        XCTAssertEqual(predicted.status, 0, predicted.standardError)
        let refused = try place.run(["predict", "alone", "fly to boston"])
        XCTAssertEqual(refused.status, 64)
        XCTAssertEqual(
            refused.standardError,
            "rnn-dist: error: argument: 'fly to boston' has no blank, expected ___ in the place of a word\n")
    }

    func testAKillLeavesNoTrace() throws {
        let place = try Workplace()
        try writeSentences(place, 500)
        let arguments = ["tag.yaml", "--set", "training.epochs=7", "--set", "checkpoint.every_steps=20"]
        let undisturbed = try place.digest(afterTraining: arguments, output: "undisturbed")
        let run = try place.start(["train"] + arguments + ["--output", "killed"], ranks: 3)
        let came = try run.wait {
            place.list("killed/checkpoints").contains { $0.hasPrefix("step-000000") && $0 > "step-00000060" }
        }
        run.kill()
        XCTAssertTrue(came, "the run ended before it could be killed")
        XCTAssertEqual(
            try place.digest(afterTraining: arguments + ["--resume"], output: "killed", ranks: 2), undisturbed)
    }

    func testPredictionsAreTaggedTokens() throws {
        let place = try Workplace()
        try writeSentences(place, 400)
        XCTAssertEqual(try place.run(["train", "tag.yaml", "--set", "training.epochs=6", "--output", "run"]).status, 0)
        let text = try place.run(["predict", "run", "fly to new york", ""])
        XCTAssertEqual(text.standardOutput, "fly to new york\tfly/O to/O new/B-city york/I-city\n\t\n")
        let lines = try place.run(["predict", "run", "--format", "jsonl", "fly to rome"])
        XCTAssertEqual(
            lines.standardOutput,
            #"{"text": "fly to rome", "tokens": [{"token": "fly", "tag": "O"}, {"token": "to", "tag": "O"}, "#
                + #"{"token": "rome", "tag": "B-city"}]}"# + "\n")
        let evaluated = try place.run(["evaluate", "run", "--data", "valid.in", "--json"])
        let object = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(evaluated.standardOutput.utf8)) as? [String: Any])
        let spans = try XCTUnwrap(object["spans"] as? [[String: Any]])
        XCTAssertEqual(spans.compactMap { $0["type"] as? String }, ["city", "day"])
        func total(_ name: String) -> Double { Double(spans.reduce(0) { $0 + ($1[name] as? Int ?? 0) }) }
        XCTAssertEqual(object["precision"] as? Double, total("correct") / total("found"))
        XCTAssertEqual(object["recall"] as? Double, total("correct") / total("expected"))
        XCTAssertEqual(object["f1"] as? Double, 2 * total("correct") / (total("found") + total("expected")))
        let table = try place.run(["evaluate", "run"], ranks: 2).standardOutput.split(separator: "\n").map {
            $0.split(separator: " ")
        }
        XCTAssertEqual(
            table.dropFirst(3).compactMap(\.first).filter { !$0.hasPrefix("─") }, ["span", "city", "day", "all"])
    }

    /// Wishes of travellers; which words are cities and dates shows in the words around them.
    private func writeSentences(_ place: Workplace, _ count: Int) throws {
        let cities = [["rome"], ["oslo"], ["new", "york"], ["san", "luis", "obispo"], ["lima"]],
            days = [["monday"], ["june", "3"], ["today"]]
        for (name, first, last) in [("train", 0, count), ("valid", count, count + 60)] {
            var tokens = "", tags = ""
            for i in first..<last {
                var words = [("fly", "O")], number = UInt64(i) &* 0x9E37_79B9_7F4A_7C15
                func add(_ span: [String], _ type: String) {
                    words += span.enumerated().map { ($1, "\($0 == 0 ? "B" : "I")-\(type)") }
                }
                for (word, spans, type) in [("from", cities, "city"), ("to", cities, "city"), ("on", days, "day")] {
                    number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    if number >> 62 == 0 { continue }
                    words.append((word, "O"))
                    add(spans[Int(number >> 33) % spans.count], type)
                }
                tokens += words.map(\.0).joined(separator: " ") + "\n"
                tags += words.map(\.1).joined(separator: " ") + "\n"
            }
            try place.write(tokens, to: "\(name).in")
            try place.write(tags, to: "\(name).out")
        }
        try place.write(
            """
            task: tag
            data: {train: train.in, validation: valid.in, tokens: words}
            model:
              input: {embedding: 9}
              layers: [{cell: gru, size: 10, bidirectional: true}]
              dropout: 0.1
            tagging:
              scheme: iob2
              context: 1
              characters: {cell: gru, size: 5, embedding: 6}
              output: crf
              input_dropout: 0.1
              word_dropout: 0.05
            training:
              batch_size: 16
              epochs: 2
              optimizer: {name: adam, learning_rate: 0.01}
              clip_norm: 5
              early_stopping: {metric: f1, patience: 100}

            """, to: "tag.yaml")
    }
}
