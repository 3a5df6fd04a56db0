import Foundation
import TestSupport
import XCTest

/// Nothing asked for is passed over, and nothing found out late that could be told at once.
final class PassedOverTests: XCTestCase {
    private static let bytes = """
        task: language_model
        data: {train: text.txt, tokens: bytes}
        model: {input: {embedding: 4}, layers: [{size: 4}]}
        training: {epochs: 1, batch_size: 2}
        output: bytes

        """

    private func object(_ run: MPIRun) throws -> [String: Any] {
        XCTAssertEqual(run.status, 0, run.standardError)
        return try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
    }

    func testAnEvaluationSaysHowManyPairsItLeftOut() throws {
        let place = try Workplace()
        try place.writePairs(rows: 60)
        let words = SampleData.pairsConfiguration.replacingOccurrences(
            of: "subwords\n  merges: 60", with: "words\n  max_length: 9")
        try place.write(words, to: "pairs.yaml")
        let training = try place.run(["train", "pairs.yaml", "--output", "model", "--set", "training.epochs=1"])
        XCTAssertEqual(training.status, 0, training.standardError)
        try place.write("wa0.\nwa0 wa1 wa2 wa3 wa4 wa5 wa6 wa7 wa8 wa9.\nqueer.\n", to: "o.a")
        try place.write("ko0!\nko0!\nko0!\n", to: "o.b")
        for ranks in [nil, 2] {
            let found = try object(try place.run(["evaluate", "model", "--data", "o.{a,b}", "--json"], ranks: ranks))
            XCTAssertEqual(found["left_out_pairs"] as? Int, 1)
            XCTAssertEqual(found["unknown_tokens"] as? Int, 1)
            let remarks = try XCTUnwrap(found["remarks"] as? [String])
            XCTAssertEqual(remarks.last, "longer than data.max_length and left out: 1 of 3 pairs (33.3 %)")
            let text = try place.run(["evaluate", "model", "--data", "o.{a,b}"], ranks: ranks).standardOutput
            XCTAssertTrue(text.hasSuffix("\n\(remarks.joined(separator: "\n"))\n"), text)
        }
        try assertRefused(
            place, ["evaluate", "model", "--picture", "a.svg"],
            "--picture: the evaluation has nothing to draw (task: translate), "
                + "expected task: classify, or a forecast of series")
    }

    func testAPictureThatCannotBeWrittenIsToldBeforeTheWork() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 60), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        XCTAssertEqual(try place.run(["train", "words.yaml", "--output", "model"]).status, 0)
        // Found out later, the file that is not there would be the first thing told.
        for ranks in [nil, 2] {
            let run = try place.run(
                ["evaluate", "model", "--data", "none.csv", "--picture", "none/a.svg"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(
                run.complaints,
                ["rnn-dist: error: none/a.svg: cannot be written: No such file or directory; create the folder first"])
        }
        try assertRefused(
            place, ["evaluate", "model", "--length-penalty", "2"],
            "--length-penalty: the evaluation emits no sequences (task: classify), expected task: translate")
        try assertRefused(
            place, ["predict", "model", "a", "--picture", "a.svg"],
            "--picture: the model has no use for it (task: classify), expected a forecast of series")
    }

    func testGeneratedBytesAreNotLost() throws {
        let place = try Workplace()
        try place.write(Self.bytes, to: "bytes.yaml")
        try place.write(Data((0..<400).map { UInt8(truncatingIfNeeded: $0 * 37) }), to: "text.txt")
        XCTAssertEqual(try place.run(["train", "bytes.yaml"]).status, 0)
        let found = try object(try place.run(["generate", "bytes", "--length", "60", "--json"]))
        let bytes = try XCTUnwrap((found["text_base64"] as? String).flatMap { Data(base64Encoded: $0) })
        XCTAssertEqual(bytes.count, 60)
        XCTAssertNil(String(data: bytes, encoding: .utf8), "or there would be nothing to lose")
        XCTAssertEqual(found["text"] as? String, String(decoding: bytes, as: UTF8.self))
    }

    private func assertRefused(_ place: Workplace, _ arguments: [String], _ message: String, line: UInt = #line) throws
    {
        let run = try place.run(arguments)
        XCTAssertEqual(run.status, 64, line: line)
        XCTAssertEqual(run.complaints, ["rnn-dist: error: \(message)"], line: line)
    }
}
