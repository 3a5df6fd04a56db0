import Foundation
import XCTest

/// The trained weights are a function of configuration and data alone.
final class OneAnswerTests: XCTestCase {
    func testRanksAndThreadsDoNotChangeABidirectionalGRUOnSurnames() throws {
        let place = try Workplace()
        let configuration = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Configs/surnames.yaml").standardized.path
        try assertOneAnswer(place, [configuration, "--set", "training.epochs=2"], ranks: [1, 2, 3, 4, 8, 16])
    }

    func testRanksAndThreadsDoNotChangeABidirectionalLSTMWithDeferredRows() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 600), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try assertOneAnswer(place, ["words.yaml"], ranks: [1, 2, 3, 4, 5, 8, 16])
    }

    func testRanksAndThreadsDoNotChangeATruncatedLSTMOnNumbers() throws {
        let place = try Workplace()
        try place.write(SampleData.waves(rows: 400), to: "waves.txt")
        try place.write(SampleData.wavesConfiguration, to: "waves.yaml")
        try assertOneAnswer(place, ["waves.yaml"], ranks: [1, 2, 3, 4, 5, 8])
    }

    func testRanksAndThreadsDoNotChangeALanguageModelThatCarriesStates() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        try assertOneAnswer(place, ["text.yaml"], ranks: [1, 2, 3, 8])
        try assertOneAnswer(
            place, ["text.yaml", "--set", "data.lines=true", "--set", "training.truncation=null"], ranks: [2, 3])
    }

    func testRanksAndThreadsDoNotChangeProductsOfRoundedNumbers() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 600), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let rounded = ["words.yaml", "--set", "model.precision=bfloat16"]
        try assertOneAnswer(place, rounded, ranks: [1, 2, 3, 8])
        XCTAssertNotEqual(
            try place.digest(afterTraining: rounded, output: "rounded"),
            try place.digest(afterTraining: ["words.yaml"], output: "unrounded"))
        try place.write(SampleData.words(rows: 600), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        for output in [[], SampleData.tiedOutput, SampleData.adaptiveOutput] {
            let settings = ["model.precision=bfloat16", "model.layers.1.size=10"] + output
            try assertOneAnswer(place, ["text.yaml"] + settings.flatMap { ["--set", $0] }, ranks: [2, 3])
        }
        // Rounded operands, and rounded sums of what they give.
        try assertOneAnswer(place, rounded + ["--set", "training.wire=bfloat16"], ranks: [2, 3])
    }

    func testSumsBesideTheComputationDoNotChangeTheAnswer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 150), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        // Long enough for messages of their own.
        let layers = "model.layers=[{cell: lstm, size: 200}, {cell: gru, size: 320}, {cell: lstm, size: 200}]"
        let large = ["text.yaml", "--threads", "1"] + [layers, "training.epochs=1"].flatMap { ["--set", $0] }
        for (number, settings) in [[], ["--set", "training.wire=bfloat16"]].enumerated() {
            let afterwards = try place.digest(
                afterTraining: large + settings + ["--no-overlap"], output: "\(number)/afterwards")
            for ranks in [2, 3] {
                let beside = try place.digest(
                    afterTraining: large + settings + ["--overlap"], output: "\(number)/\(ranks)", ranks: ranks)
                XCTAssertEqual(beside, afterwards, "\(ranks) ranks, \(settings)")
            }
        }
    }

    func testRanksDoNotChangeWindowsOfRandomLengthsNorTheRatesOfDeferredRows() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        let arguments = ["text.yaml", "--set", SampleData.randomTruncation, "--set", "data.tokens=words"]
        try assertOneAnswer(place, arguments, ranks: [1, 2, 3, 8])
        // A checkpoint makes every row current.
        let deferred = try place.digest(afterTraining: arguments, output: "deferred")
        let current = try place.digest(
            afterTraining: arguments + ["--set", "checkpoint.every_steps=1"], output: "current")
        XCTAssertEqual(deferred, current)
    }

    func testRanksDoNotChangeAnyOptimizer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let optimizers = [
            "{name: rmsprop, learning_rate: 0.01, momentum: 0.5}", "{name: adagrad, learning_rate: 0.05}",
            "{name: adamw, learning_rate: 0.01, weight_decay: 0.1}", "{name: sgd, learning_rate: 0.1, momentum: 0.9}",
            "{name: adam, learning_rate: 0.01, sparse_rows: lazy}",
        ]
        for optimizer in optimizers {
            try assertOneAnswer(place, ["words.yaml", "--set", "training.optimizer=\(optimizer)"], ranks: [3, 8])
        }
    }

    func testRanksDoNotChangeAveragedWeightsWithEveryRegularizer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 600), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try assertOneAnswer(
            place, ["words.yaml"] + SampleData.everyRegularizer.flatMap { ["--set", $0] }, ranks: [2, 3, 8])
    }

    func testRanksDoNotChangeALanguageModelWithEveryRegularizerAndOutputLayer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 600), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        for output in [SampleData.tiedOutput, SampleData.adaptiveOutput] {
            let settings = SampleData.everyTextRegularizer + output
            try assertOneAnswer(place, ["text.yaml"] + settings.flatMap { ["--set", $0] }, ranks: [1, 2, 3])
        }
    }

    func testRanksDoNotChangeAOneHotElmanNetworkWithBalancedClasses() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let changes = [
            "model.input={one_hot: true}", "model.layers=[{cell: elman, size: 20, bidirectional: true}]",
            "model.readout=max",
            "training.class_weights=balanced",
        ]
        try assertOneAnswer(place, ["words.yaml"] + changes.flatMap { ["--set", $0] }, ranks: [2, 3, 8])
    }

    func testMinibatchesWithoutWeightAreStepsLikeOthers() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 40), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let weights = "training.class_weights={science: 0, sports: 0, world: 0}"
        try assertOneAnswer(place, ["words.yaml", "--set", "training.batch_size=1", "--set", weights], ranks: [2])
    }

    func testShardsThatStayEmptyDoNotChangeTheAnswer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 60), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try assertOneAnswer(place, ["words.yaml", "--set", "training.batch_size=3"], ranks: [3, 16])
    }

    func testRanksAndThreadsDoNotChangeATranslationWithAttention() throws {
        let place = try Workplace()
        try place.writePairs(rows: 400)
        for settings in [
            ["model.attention=multiplicative"], ["model.attention=additive", "model.input={one_hot: true}"],
        ] {
            try assertOneAnswer(
                place, ["pairs.yaml"] + settings.flatMap { ["--set", $0] }, ranks: [1, 2, 3, 8], steps: 200)
        }
    }

    func testRanksDoNotChangeATranslationWithEveryRegularizer() throws {
        let place = try Workplace()
        try place.writePairs(rows: 400)
        try assertOneAnswer(
            place, ["pairs.yaml"] + SampleData.everyPairRegularizer.flatMap { ["--set", $0] }, ranks: [1, 2, 3, 8])
    }

    func testRanksDoNotChangeATranslationWithoutAttention() throws {
        let place = try Workplace()
        try place.writePairs(rows: 400)
        let settings = [
            "model.attention=none", "model.layers=[{cell: gru, size: 9, bidirectional: true}]",
            "model.decoder_layers=[{cell: lstm, size: 11}, {cell: elman, size: 7}]",
        ]
        try assertOneAnswer(place, ["pairs.yaml"] + settings.flatMap { ["--set", $0] }, ranks: [3, 8], steps: 200)
    }

    func testRanksDoNotChangeCaptions() throws {
        let place = try Workplace()
        let settings = ["training.epochs=2", "training.batch_size=32", "model.layers.0.size=20"]
        let configuration = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Configs/names-by-language.yaml").standardized.path
        try assertOneAnswer(
            place, [configuration] + settings.flatMap { ["--set", $0] }, ranks: [1, 2, 3, 8], steps: 200)
    }

    func testRanksDoNotChangeCaptionsOfNumbers() throws {
        let place = try Workplace()
        try place.writePictures(count: 200)
        try assertOneAnswer(place, ["pictures.yaml"], ranks: [1, 2, 3, 8], steps: 200)
    }

    func testRanksAndThreadsDoNotChangeGradientsThatTravelInBFloat16() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try place.write(SampleData.words(rows: 600), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        try place.writePairs(rows: 300)
        let wire = "training.wire=bfloat16"
        try assertOneAnswer(place, ["words.yaml", "--set", wire], ranks: [1, 2, 3, 4, 5, 8])
        // Minibatches of one present shard, and of none of a rank's own.
        try assertOneAnswer(
            place, ["words.yaml", "--set", wire, "--set", "training.batch_size=1", "--set", "training.epochs=1"],
            ranks: [2, 3])
        for (file, settings) in [
            ("words.yaml", SampleData.everyRegularizer),
            ("text.yaml", SampleData.everyTextRegularizer + SampleData.tiedOutput),
            ("text.yaml", SampleData.everyTextRegularizer + SampleData.adaptiveOutput),
            ("pairs.yaml", ["model.attention=additive"]),
        ] {
            try assertOneAnswer(place, [file] + ([wire] + settings).flatMap { ["--set", $0] }, ranks: [2, 3, 8])
        }
    }

    /// Compares with the run of one rank and one thread, without mpirun.
    ///
    /// - Parameter steps: Those a run has at least.
    private func assertOneAnswer(
        _ place: Workplace, _ arguments: [String], ranks: [Int], steps: Int = 1, file: StaticString = #filePath,
        line: UInt = #line
    ) throws {
        let run = "run-\(place.list("").count)"
        let alone = try place.digest(afterTraining: arguments + ["--threads", "1"], output: "\(run)/alone")
        XCTAssertEqual(alone.utf8.count, 64, file: file, line: line)
        XCTAssertGreaterThanOrEqual(place.newestCheckpoint("\(run)/alone"), steps, file: file, line: line)
        let threaded = try place.digest(afterTraining: arguments + ["--threads", "2"], output: "\(run)/threads")
        XCTAssertEqual(threaded, alone, "2 threads", file: file, line: line)
        for count in ranks {
            let digest = try place.digest(
                afterTraining: arguments + ["--threads", "1"], output: "\(run)/\(count)", ranks: count)
            XCTAssertEqual(digest, alone, "\(count) ranks", file: file, line: line)
        }
        let threadedRanks = try place.digest(
            afterTraining: arguments + ["--threads", "2"], output: "\(run)/2x2", ranks: 2)
        XCTAssertEqual(threadedRanks, alone, "2 ranks with 2 threads", file: file, line: line)
    }
}
