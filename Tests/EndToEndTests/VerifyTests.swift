import Foundation
import TestSupport
import XCTest

/// `rnn-dist verify` makes a run's steps again and sees whether the bits are the same.
final class VerifyTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    private func train(_ place: Workplace, _ settings: [String], configuration: String = "words.yaml") throws {
        let run = try place.run(
            ["train", configuration, "--output", "run"] + settings.flatMap { ["--set", $0] }, ranks: 2)
        XCTAssertEqual(run.status, 0, run.standardError)
    }

    private func verified(_ place: Workplace, _ arguments: [String] = [], ranks: Int? = nil) throws -> [String: Any] {
        let run = try place.run(["verify", "run", "--json"] + arguments, ranks: ranks)
        let object = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any]
        let result = try XCTUnwrap(object, run.standardError)
        XCTAssertEqual(run.status, result["same"] as? Bool == true ? 0 : 1)
        return result
    }

    func testTheBitsOfARunAreTheSameAgainOnAnyNumberOfRanks() throws {
        let place = try place()
        try train(place, ["checkpoint.every_steps=7", "checkpoint.keep=3"])
        // Of 32 steps: 21, 28 and the end are left, and 16, the end of the first epoch, as the best, if it is.
        let before = place.list("run/checkpoints") + place.list("run")
        let metrics = try place.read("run/metrics.jsonl")
        for (ranks, steps, from) in [(nil, "4", 28), (3, "11", 21), (2, "1000", 0)] as [(Int?, String, Int)] {
            let result = try verified(place, ["--steps", steps], ranks: ranks)
            XCTAssertEqual(result["from_step"] as? Int, from)
            XCTAssertEqual(result["to_step"] as? Int, 32)
            XCTAssertEqual(result["same"] as? Bool, true, "\(result)")
            XCTAssertEqual(result["digest"] as? String, try place.digest("run"))
        }
        // In the middle of an epoch.
        let run = try place.run(["verify", "run/checkpoints/step-00000028.h5", "--steps", "7"])
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertTrue(
            run.standardOutput.hasPrefix("run/checkpoints/step-00000028.h5: 7 steps from step 21 to step 28\n"),
            run.standardOutput)
        XCTAssertTrue(
            run.standardOutput.hasSuffix("the same bits: digest \(try place.digest("run/checkpoints/step-00000028.h5"))\n"),
            run.standardOutput)
        let inside = try place.run(
            sh: #"cd run/checkpoints && exec "$0" "$@""#, ["verify", "step-00000028.h5", "--steps", "7", "--set", "data.train=../../words.csv"])
        XCTAssertEqual(inside.status, 0, inside.standardError)
        XCTAssertEqual(place.list("run/checkpoints") + place.list("run"), before)
        XCTAssertEqual(try place.read("run/metrics.jsonl"), metrics)
    }

    func testStatesThatAreCarriedAndWeightsThatAreAveragedAreMadeAgain() throws {
        let place = try place()
        let text = (0..<500).map { "the \($0 * 7 % 13) and \($0 % 5)\n" }.joined()
        try place.write(text, to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        for (configuration, settings) in [
            ("text.yaml", []), ("words.yaml", SampleData.everyRegularizer),
            ("words.yaml", ["training.schedule={name: plateau, every: 1}", "training.early_stopping={patience: 1}"]),
        ] {
            try train(place, settings + ["checkpoint.every_steps=9"], configuration: configuration)
            for steps in ["12", "100000"] {
                let result = try verified(place, ["--steps", steps])
                XCTAssertEqual(result["same"] as? Bool, true, "\(configuration) \(settings): \(result)")
            }
            try FileManager.default.removeItem(atPath: place.path + "/run")
        }
    }

    func testADamagedCheckpointIsNoneOfAnOldersBusiness() throws {
        let place = try place()
        try train(place, ["checkpoint.keep=3", "checkpoint.every_steps=8"])
        let names = place.list("run/checkpoints").filter { $0.hasPrefix("step-") }
        XCTAssertGreaterThan(names.count, 1)
        var newest = try place.read("run/checkpoints/\(names[names.count - 1])")
        newest[newest.count / 2] ^= 1
        try place.write(newest, to: "run/checkpoints/\(names[names.count - 1])")
        let older = try place.run(["verify", "run/checkpoints/\(names[1])", "--set", "checkpoint.keep=9"])
        XCTAssertEqual(older.status, 0, older.standardOutput + older.standardError)
    }

    func testWordVectorsThatChangedAreACause() throws {
        let place = try place()
        let vectors = (0..<40).map { "word\($0) \($0).5 1\n" }.joined()
        try place.write(vectors, to: "vectors.txt")
        try train(place, ["model.input={vectors: vectors.txt, trainable: true}"])
        XCTAssertEqual(try verified(place)["same"] as? Bool, true)
        try place.write(vectors.replacing(" 1", with: " 2"), to: "vectors.txt")
        let run = try place.run(["verify", "run"])
        XCTAssertEqual(run.status, 1)
        XCTAssertTrue(run.standardOutput.hasSuffix("possible causes: another vectors\n"), run.standardOutput)
    }

    /// What a run went on from in the same folder cannot be made again either.
    func testARunThatWentOnFromImportedWeightsIsVerifiedFromItsOwnCheckpoints() throws {
        let place = try place()
        try train(place, [])
        XCTAssertEqual(try place.run(["export", "run", "--to", "safetensors", "w/model.safetensors"]).status, 0)
        try place.write("a trained model", to: "there.h5")
        let refused = try place.run(["import", "words.yaml", "--from", "w/model.safetensors", "--output", "there.h5"])
        XCTAssertEqual(
            refused.complaints,
            [
                "rnn-dist: error: there.h5: is there already, expected a name that no file has; choose another, or move it "
                    + "away"
            ])
        let imported = try place.run(["import", "words.yaml", "--from", "w/model.safetensors", "--output", "imported"])
        XCTAssertEqual(imported.status, 0, imported.standardError)
        let trained = try place.run(["train", "words.yaml", "--resume", "--output", "imported", "--set", "checkpoint.keep=2"])
        XCTAssertEqual(trained.status, 0, trained.standardError)
        let verified = try place.run(["verify", "imported"])
        XCTAssertEqual(verified.status, 0, verified.standardOutput + verified.standardError)
        XCTAssertTrue(verified.standardOutput.contains("the same bits"), verified.standardOutput)
    }

    func testOtherBitsAreToldWithWhatDiffers() throws {
        let place = try place()
        try train(place, ["checkpoint.keep=3"])
        // The last checkpoint of a run with another learning rate in place of this one's.
        let other = try place.run(
            ["train", "words.yaml", "--output", "other", "--set", "training.optimizer.learning_rate=0.006"])
        XCTAssertEqual(other.status, 0, other.standardError)
        try place.write(try place.read("other/checkpoints/step-00000032.h5"), to: "run/checkpoints/step-00000032.h5")
        let result = try verified(place, ["--steps", "16"])
        XCTAssertEqual(result["same"] as? Bool, false)
        XCTAssertEqual(result["expected_digest"] as? String, try place.digest("other"))
        XCTAssertNotEqual(result["digest"] as? String, try place.digest("other"))
        XCTAssertTrue((result["differing_parts"] as? [String] ?? []).contains("weights/output/weight"), "\(result)")
        let difference = try XCTUnwrap(result["largest_weight_difference"] as? Double)
        XCTAssertTrue(difference > 1e-6 && difference < 1, "\(difference)")
        let run = try place.run(["verify", "run", "--steps", "16"])
        XCTAssertEqual(run.status, 1)
        let lines = run.standardOutput.split(separator: "\n").map(String.init)
        XCTAssertEqual(
            lines.last,
            "possible causes: training.optimizer.learning_rate was 0.005 at first, then 0.006")
        XCTAssertTrue(
            lines.contains { $0.hasPrefix("OTHER BITS: digest ") && $0.hasSuffix(", expected \((try? place.digest("other")) ?? "")") },
            run.standardOutput)
    }

    func testOtherDataAreToldBeforeAnyStep() throws {
        let place = try place()
        try train(place, [])
        try place.write(SampleData.words(rows: 301), to: "words.csv")
        let run = try place.run(["verify", "run"], ranks: 2)
        XCTAssertEqual(run.status, 1)
        XCTAssertTrue(
            run.standardOutput.hasSuffix(
                "NOT VERIFIED: the data are others, so that no step can be made again; name the run's own with "
                    + "--set data.train=FILE\n"), run.standardOutput)
        try place.write(SampleData.words(rows: 300), to: "moved.csv")
        let moved = try verified(place, ["--set", "data.train=moved.csv"])
        XCTAssertEqual(moved["same"] as? Bool, true, "\(moved)")
    }

    func testWhatCannotBeReachedIsSaidWithTheStepsItWouldTake() throws {
        let place = try place()
        try train(place, ["checkpoint.keep=1", "training.epochs=1"])
        for ranks in [nil, 2] {
            let run = try place.run(["verify", "run", "--steps", "15"], ranks: ranks)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: run: it keeps one checkpoint, which is 16 steps from the beginning, expected at most "
                        + "--steps 15; --steps 16 makes them all; runs with checkpoint.every_steps and checkpoint.keep of 2 "
                        + "or more keep checkpoints that are nearer to each other"
                ])
            XCTAssertEqual(run.status, 1)
        }
        XCTAssertEqual(try verified(place, ["--steps", "16"])["same"] as? Bool, true)
        let none = try place.run(["verify", "nowhere"])
        XCTAssertEqual(none.status, 1)
        XCTAssertEqual(none.complaints.count, 1, none.standardError)
    }
}
