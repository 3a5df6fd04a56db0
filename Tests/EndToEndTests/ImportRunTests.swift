import Foundation
import TestSupport
import XCTest

/// What `import` says of files that do not belong to its configuration.
final class ImportRunTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let trained = try place.run(["train", "words.yaml", "--output", "run", "--set", "training.epochs=1"])
        XCTAssertEqual(trained.status, 0, trained.standardError)
        XCTAssertEqual(try place.run(["export", "run", "--to", "safetensors", "w/model.safetensors"]).status, 0)
        return place
    }

    private func importing(_ place: Workplace, _ arguments: [String] = []) throws -> [String] {
        let run = try place.run(
            ["import", "words.yaml", "--from", "w/model.safetensors", "--vocabulary", "v.json", "--output", "imported"]
                + arguments)
        XCTAssertFalse(run.status == 0 && !run.complaints.isEmpty)
        return run.complaints
    }

    func testAVocabularyThatSaysOtherThanTheConfigurationIsRefused() throws {
        let place = try place()
        let own = try place.read("w/vocabulary.json")
        func changed(_ change: (inout [String: Any]) -> Void) throws {
            var object = try XCTUnwrap(JSONSerialization.jsonObject(with: own) as? [String: Any])
            change(&object)
            try place.write(try JSONSerialization.data(withJSONObject: object), to: "v.json")
        }
        let classes = try XCTUnwrap(
            (JSONSerialization.jsonObject(with: own) as? [String: Any])?["classes"] as? [String])
        let order = "set data.labels to the order of the file"
        try changed { $0["classes"] = [classes[1], classes[0]] + classes[2...] }
        XCTAssertEqual(
            try importing(place),
            ["rnn-dist: error: v.json: class 0 is '\(classes[1])', expected '\(classes[0])'; \(order)"])
        try changed { $0["classes"] = classes + ["more"] }
        XCTAssertEqual(
            try importing(place),
            ["rnn-dist: error: v.json: it has \(classes.count + 1) classes, expected \(classes.count); \(order)"])
        try changed { $0["lower_case"] = !($0["lower_case"] as? Bool ?? false) }
        XCTAssertTrue(
            try importing(place).first?.contains("v.json: its model reads texts with data.standardize.lower_case: ") ?? false)
        try changed { $0["max_length"] = 3 }
        XCTAssertEqual(
            try importing(place),
            [
                "rnn-dist: error: v.json: its model reads texts with data.max_length: 3, expected null; set "
                    + "data.max_length to 3"
            ])
        // A field that says nothing readable must not switch the others off.
        try changed {
            $0["classes"] = [classes[1], classes[0]] + classes[2...]
            $0["lower_case"] = "yes"
        }
        XCTAssertEqual(
            try importing(place),
            [
                "rnn-dist: error: v.json: 'lower_case' is of another type, expected what rnn-dist export writes; correct "
                    + "it, or leave it out"
            ])
        try changed { $0["max_length"] = 3.5 }
        XCTAssertEqual(
            try importing(place),
            [
                "rnn-dist: error: v.json: its JSON, or a number in it, cannot be read, expected what rnn-dist export "
                    + "writes; max_length is a whole number or null"
            ])
        XCTAssertFalse(place.exists("imported"))
        try place.write(own, to: "v.json")
        XCTAssertEqual(try importing(place), [])
        XCTAssertTrue(place.exists("imported"))
    }

    func testWhatNeedsNoImportIsTold() throws {
        let place = try place(), advice = "expected a file with weights of PyTorch or Keras; of a run's own weights: "
            + "rnn-dist train --from goes on from them"
        let checkpoint = "run/checkpoints/\(place.list("run/checkpoints").first { $0.hasPrefix("step-") } ?? "")"
        for (file, found) in [(checkpoint, "is a checkpoint of rnn-dist"), ("run", "is a folder")] {
            let run = try place.run(["import", "words.yaml", "--from", file, "--output", "imported"])
            XCTAssertEqual(run.complaints, ["rnn-dist: error: \(file): \(found), \(advice)"])
            XCTAssertEqual(run.status, 64)
        }
    }
}
