import Foundation
import TestSupport
import XCTest

/// What a user can get wrong gets one message, the right exit status, and leaves nothing behind.
final class BadInputTests: XCTestCase {
    private static let configuration = """
        task: classify
        data: {train: good.csv, validation_fraction: 0, columns: {label: label, text: [text]}, tokens: words}
        model: {layers: [{size: 4}]}
        training: {epochs: 1, batch_size: 2}
        output: run

        """
    private static let numeric = """
        task: classify
        data: {train: data.txt, validation_fraction: 0, tokens: values}
        model: {input: features, layers: [{size: 4}]}
        output: run

        """

    private func place(_ files: [String: String] = [:]) throws -> Workplace {
        let place = try Workplace()
        try place.write(Self.configuration, to: "c.yaml")
        try place.write(Self.numeric, to: "n.yaml")
        try place.write("label,text\na,x y\nb,z x\na,x\n", to: "good.csv")
        for (name, text) in files.sorted(by: { $0.key < $1.key }) { try place.write(text, to: name) }
        return place
    }

    /// Refused alone and on three ranks, with the same single message.
    private func assertRefused(
        _ place: Workplace, _ arguments: [String], _ message: String, status: Int32 = 1, ranks: [Int?] = [nil, 3],
        line: UInt = #line
    ) throws {
        let before = place.list("")
        for count in ranks {
            let run = try place.run(arguments, ranks: count)
            XCTAssertEqual(run.complaints, ["rnn-dist: error: \(message)"], "\(count ?? 0) ranks", line: line)
            XCTAssertEqual(run.status, status, "\(count ?? 0) ranks", line: line)
            XCTAssertEqual(place.list(""), before, "something was left behind", line: line)
        }
    }

    func testDataThatCannotBeReadIsNamedWithItsLine() throws {
        let place = try place([
            "empty.csv": "", "header.csv": "label,text\n", "column.csv": "label,body\na,x\nb,y\n",
            "few.csv": "label,text\na,x\nb\n",
            "one.csv": "label,text\na,x\na,y\n", "notoken.csv": "label,text\na,?!\nb,...\n",
        ])
        try place.write(Data("label,text\na,x\nb,y".utf8) + [0xFF, 0x0A], to: "bytes.csv")
        let cases = [
            ("empty.csv", "empty.csv: file is empty"),
            ("missing.csv", "missing.csv: file does not exist; relative paths start at the folder the program runs in"),
            (
                "header.csv",
                "header.csv: no example was found, expected at least one example; check data.format and data.header"
            ),
            ("column.csv", "column.csv: there is no column 'text' (data.columns.text), expected one of: label, body"),
            (
                "few.csv",
                "few.csv:3: row has 1 field, expected at least 2 (label in column 1, text in column 2); "
                    + "set data.columns, or data.format if fields are separated by something else"
            ),
            (
                "bytes.csv",
                "bytes.csv:3: byte 0xFF is not UTF-8; convert the file, for example with iconv -f latin1 -t utf8"
            ),
            (
                "one.csv",
                "one.csv: all 2 examples are of class 'a', expected at least two classes; check data.columns.label"
            ),
            (
                "notoken.csv",
                "notoken.csv: vocabulary of size 0: none of 0 different tokens is left, expected at least one "
                    + "(data.vocabulary.min_count is 1); check data.columns, data.standardize and data.vocabulary"
            ),
        ]
        for (file, message) in cases {
            try assertRefused(
                place, ["train", "c.yaml", "--set", "data.train=\(file)"], message,
                ranks: file == "bytes.csv" ? [nil, 3] : [3])
        }
    }

    func testTextsWithoutTokensAreCountedAndReadOrSkipped() throws {
        let place = try place(["gaps.csv": "label,text\na,x\nb,\na,y\nb,z\n\n"])
        let read = try place.run(["train", "c.yaml", "--set", "data.train=gaps.csv", "--output", "read"])
        XCTAssertEqual(
            read.standardOutput.split(separator: "\n").first,
            "training: 4 sequences, 4 tokens, 1 of them unknown; 1 without tokens, read as the unknown token; 1 blank line ignored"
        )
        let skipped = try place.run(
            ["train", "c.yaml", "--set", "data.train=gaps.csv", "--set", "data.empty_text=skip", "--output", "skipped"])
        XCTAssertEqual(
            skipped.standardOutput.split(separator: "\n").first,
            "training: 3 sequences, 3 tokens, 0 of them unknown; 1 without tokens, skipped; 1 blank line ignored")
        try place.write("label,text\na,\nb,!\n", to: "gaps.csv")
        try assertRefused(
            place, ["train", "c.yaml", "--set", "data.train=gaps.csv", "--set", "data.empty_text=skip"],
            "gaps.csv: all 2 texts are empty, expected at least one example; check data.columns.text and data.standardize"
        )
    }

    func testALabelThatOnlyTheValidationDataHasIsRefused() throws {
        let place = try place(["other.csv": "label,text\na,x\nb,y\nc,z\n"])
        try place.write(
            Self.configuration.replacingOccurrences(of: "validation_fraction: 0", with: "validation: other.csv"),
            to: "c.yaml")
        try assertRefused(place, ["train", "c.yaml"], "other.csv:4: label 'c' is unknown, expected one of: a, b")
    }

    func testNumbersMustBeFinite() throws {
        let place = try place(["data.txt": "1,0.5,NaN\n2,1,2\n"])
        let hint =
            "expected a finite number; missing values must be filled in, or cut off where they end a line: lengths may differ"
        try assertRefused(place, ["train", "n.yaml"], "data.txt:1: column 3 holds 'NaN', \(hint)")
        try place.write("1,0.5,1\n2,1,inf\n", to: "data.txt")
        try assertRefused(place, ["train", "n.yaml"], "data.txt:2: column 3 holds 'inf', \(hint)", ranks: [nil])
    }

    func testWrongConfigurationsAreUsageErrorsWithFileAndLine() throws {
        let place = try place([
            "unknown.yaml": Self.configuration.replacingOccurrences(of: "training:", with: "trainig:")
        ])
        try assertRefused(
            place, ["train", "unknown.yaml"], "unknown.yaml:4: unknown key 'trainig'; did you mean 'training'?",
            status: 64)
        try assertRefused(
            place, ["train", "none.yaml"], "none.yaml: does not exist, expected a configuration file", status: 64)
        let cases = [
            ("training.epochs=many", "training.epochs is 'many', expected a whole number from 1 to 1000000000"),
            ("training.batch_size=-4", "training.batch_size is '-4', expected a whole number from 1 to 1000000"),
            ("training.shards=3", "training.shards is '3', expected a power of two from 1 to 65536"),
            ("training.wire=half", "training.wire is 'half', expected float32 or bfloat16"),
            ("data.vocabulary.size=0", "data.vocabulary.size is '0', expected a whole number from 3 to 1000000"),
        ]
        for (override, message) in cases {
            try assertRefused(
                place, ["train", "c.yaml", "--set", override], "--set \(override): \(message)", status: 64, ranks: [nil]
            )
        }
        try assertRefused(
            place, ["train", "c.yaml", "--set", "training.class_weights={a: 2, q: 1}"],
            "training.class_weights: 'q' is not a label of the data, expected one of a, b", status: 64, ranks: [3])
    }

    func testAWrongCommandLineIsToldOnce() throws {
        let place = try place()
        try assertRefused(
            place, ["train", "c.yaml", "--threads", "0"],
            "command line: --threads is 0, expected from 1 to 1024; see rnn-dist --help",
            status: 64, ranks: [3])
        let alone = try place.run(["train", "--threads", "0"])
        XCTAssertEqual(alone.status, 64)
        XCTAssertTrue(
            alone.standardError.hasPrefix("Error: --threads is 0, expected from 1 to 1024\nUsage: "),
            alone.standardError)
        let help = try place.run(["train", "--help"], ranks: 3)
        XCTAssertEqual(help.status, 0)
        XCTAssertEqual(help.standardOutput.components(separatedBy: "OVERVIEW").count, 2, "the help is printed once")
    }

    func testMoreRanksThanShardsNamesTheSetting() throws {
        try assertRefused(
            place(), ["train", "c.yaml"],
            "training.shards: 16 shards cannot be spread over 17 ranks, expected at least one shard per rank; "
                + "set training.shards to 32 or start at most 16 ranks", status: 64, ranks: [17])
    }

    func testSequencesOfSeveralValuesAreNotPredictedFromSingleLines() throws {
        let rows = (0..<8).flatMap { sequence in (0..<5).map { "s\(sequence),\(sequence % 2),\($0),\(sequence)" } }
        let place = try place(["long.csv": "name,kind,p,q\n\(rows.joined(separator: "\n"))\n"])
        try place.write(
            """
            task: classify
            data: {train: long.csv, format: long, validation_fraction: 0, tokens: values, columns: {sequence: name, label: kind, values: [p, q]}}
            model: {input: features, layers: [{size: 4}]}
            training: {epochs: 1}
            output: run

            """, to: "long.yaml")
        XCTAssertEqual(try place.run(["train", "long.yaml"]).status, 0)
        try assertRefused(
            place, ["predict", "run", "1,2"],
            "argument: a line holds one value a time step, expected 2 as in training; "
                + "predict such sequences with --input FILE in the format of the training data", status: 64,
            ranks: [nil])
        let run = try place.run(["predict", "run", "--input", "long.csv"])
        XCTAssertEqual(run.standardOutput.split(separator: "\n").count, 8, run.standardError)
    }
}
