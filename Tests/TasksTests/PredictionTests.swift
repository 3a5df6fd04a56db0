import Configuration
import SequenceData
import Tasks
import XCTest

/// Ranked labels of single texts.
final class PredictionTests: XCTestCase {
    func testLabelsComeByFallingProbability() throws {
        let task = try TaskFixture().task()
        for ranked in try task.predict(["red", "one two three", "up", "unknown words", ""], top: 3, source: "test") {
            XCTAssertEqual(Set(ranked.map(\.label)), ["x", "y", "z"])
            XCTAssertEqual(ranked.map(\.probability), ranked.map(\.probability).sorted(by: >))
            XCTAssertEqual(ranked.reduce(0) { $0 + $1.probability }, 1, accuracy: 1e-6)
        }
    }

    func testUnknownWordsAndEmptyTextsAreSaidOnce() throws {
        let task = try TaskFixture().task()
        var request = PredictionRequest(), notices: [String] = []
        request.texts = ["red", "up pink", "", "pink teal teal", "!"]
        XCTAssertEqual(try task.predictAsAsked(request, notice: { notices.append($0) }).count, 5)
        XCTAssertEqual(
            notices,
            [
                "argument:2: the model does not know the words 'pink', 'teal' (4 of 6 are unknown)",
                "argument:3: the text (and 1 more) has no tokens: it is read as the unknown token",
            ])
        request.texts = [(0..<99).map { "word\($0)" }.joined(separator: " ")]
        notices = []
        _ = try task.predictAsAsked(request, notice: { notices.append($0) })
        XCTAssertEqual(
            notices,
            [
                "argument:1: the model does not know the words \((0..<10).map { "'word\($0)'" }.joined(separator: ", ")), … "
                    + "(99 of 99 are unknown)"
            ])
        request.texts = ["red up", "one"]
        XCTAssertEqual(try task.predictAsAsked(request, notice: { XCTFail($0) }).count, 2)
    }

    func testWhatTheModelHasNoUseForIsRefused() throws {
        let fixture = try TaskFixture(), task = try fixture.task()
        let cases: [(PredictionOption, (inout PredictionRequest) -> Void, String)] = [
            (.beam, { $0.beam = 2 }, "task: translate or caption"),
            (.maximumLength, { $0.maximumLength = 3 }, "task: translate or caption"),
            (.lengthPenalty, { $0.lengthPenalty = 0 }, "task: translate or caption"),
            (.picture, { $0.isDrawn = true }, "a forecast of series"),
            (.labelled, { $0.isLabelled = true }, "sequences of numbers, a line each"),
        ]
        for (option, change, expected) in cases {
            var request = PredictionRequest()
            request.texts = ["red"]
            request.topK = 2
            XCTAssertEqual(try task.predictAsAsked(request).count, 1)
            change(&request)
            fixture.folder.expect(
                "\(option.rawValue): the model has no use for it (task: classify), expected \(expected)"
            ) {
                _ = try task.predictAsAsked(request)
            }
        }
    }

    func testTiesComeInTheLabelsOrder() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.labels = ["z", "x", "y"]
        // Parameters that are all zero make every class equally probable.
        let ranked = try fixture.task(initialized: false).predict(["red"], top: 3, source: "test")[0]
        XCTAssertEqual(ranked.map(\.label), ["z", "x", "y"])
        for label in ranked { XCTAssertEqual(label.probability, 1.0 / 3, accuracy: 1e-7) }
    }

    func testTopCutsTheListAndMayExceedIt() throws {
        let task = try TaskFixture().task()
        let all = try task.predict(["red"], top: 99, source: "test")[0]
        XCTAssertEqual(all.count, 3)
        XCTAssertEqual(try task.predict(["red"], top: 1, source: "test")[0], Array(all.prefix(1)))
        XCTAssertEqual(try task.predict([], top: 1, source: "test"), [])
    }

    /// In the order given, and to the bit what each would be alone.
    func testATextDoesNotKnowItsNeighbours() throws {
        let task = try TaskFixture().task()
        let texts = (0..<300).map { number in
            (0...(number * 7 % 11)).map { ["red", "one", "up", "blue"][($0 + number) % 4] }.joined(separator: " ")
        }
        let together = try task.predict(texts, top: 3, source: "test")
        for (text, ranked) in zip(texts, together) {
            XCTAssertEqual(try task.predict([text], top: 3, source: "test")[0], ranked)
        }
    }

    func testTrainingTeachesTheLabels() throws {
        let fixture = try TaskFixture(), task = try fixture.task()
        fixture.train(task, epochs: 60)
        for line in TaskFixture.texts {
            XCTAssertEqual(
                try task.predict([String(line.dropFirst(2))], top: 1, source: "test")[0][0].label,
                String(line.prefix(1)), line)
        }
    }

    func testLinesOfNumbersArePredictedForOneValueATimeStep() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.tokens = .values
        fixture.configuration.data.train = try fixture.folder.write("ucr.txt", "1 0.5 1 2\n2 -1 -2\n1 3\n")
        fixture.configuration.model.input = .features
        let task = try fixture.task()
        XCTAssertEqual(try task.predict(["1 2 3", "-1"], top: 2, source: "numbers").map(\.count), [2, 2])
        fixture.folder.expect(
            "numbers:2: column 2 holds 'x', expected a finite number; "
                + "missing values must be filled in, or cut off where they end a line: lengths may differ"
        ) { _ = try task.predict(["1", "1 x"], top: 1, source: "numbers") }
    }

    func testLabelsAreNotReadAsValues() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.tokens = .values
        let labelled = try fixture.folder.write("ucr.txt", "1 0.5 1 2\n2 -1 -2\n\n1 3\n")
        fixture.configuration.data.train = labelled
        fixture.configuration.model.input = .features
        let task = try fixture.task()
        var request = PredictionRequest()
        func probabilities() throws -> [String] { try task.predict(request).map { $0.columns[1].value } }
        request.file = try fixture.folder.write("values.txt", "0.5 1 2\n-1 -2\n3\n")
        let expected = try probabilities()
        request.file = labelled
        fixture.folder.expect(
            "ucr.txt: every line begins with a label of the model, such as 1, expected values alone; "
                + "say --labelled if those are labels, --no-labelled if they are values"
        ) { _ = try task.predict(request) }
        request.isLabelled = true
        XCTAssertEqual(try probabilities(), expected)
        XCTAssertEqual(try task.predict(request).map(\.subject), ["sequence 1", "sequence 2", "sequence 3"])
        request.isLabelled = false
        XCTAssertNotEqual(try probabilities(), expected)
    }

    func testLinesAreRefusedWhereATimeStepHasSeveralValues() throws {
        var fixture = try TaskFixture()
        try fixture.makeNumeric()
        let task = try fixture.task()
        fixture.folder.expect(
            "argument: a line holds one value a time step, expected 2 as in training; "
                + "predict such sequences with --input FILE in the format of the training data"
        ) { _ = try task.predict(["1 2 3 4"], top: 1, source: "argument") }
        // The labels of the file are not read, the names of its sequences are.
        var request = PredictionRequest()
        request.file = fixture.configuration.data.train
        request.topK = 2
        let predictions = try task.predict(request)
        XCTAssertEqual(predictions.map(\.subject), ["s", "t", "u"])
        XCTAssertEqual(predictions.map(\.columns.count), [4, 4, 4])
    }
}
