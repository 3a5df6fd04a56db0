import Foundation
import TestSupport
import XCTest

/// A run never damages what is in its folder, and ends with one message where it cannot write.
final class RunFolderTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    func testAFolderThatHoldsAnotherRunIsLeftAlone() throws {
        let place = try place()
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let before = try place.read("run/metrics.jsonl")
        for ranks in [nil, 3] {
            let run = try place.run(["train", "words.yaml", "--output", "run"], ranks: ranks)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: run: this folder holds another run, expected a new or empty folder; "
                        + "continue that run with --resume, or choose another --output"
                ])
            XCTAssertEqual(run.status, 1)
        }
        XCTAssertEqual(try place.read("run/metrics.jsonl"), before)
        XCTAssertEqual(try place.digest("run"), digest)
    }

    /// Names that a run writes may be somebody's: PyTorch projects keep a `checkpoints/latest`, too.
    func testFilesOfARunsNameThatNoRunHasWrittenAreLeftAlone() throws {
        for name in [
            "loss.svg", "confusion.svg", "checkpoints/latest", "checkpoints/best", "metrics.jsonl", "incarnation",
        ] {
            let place = try place()
            try place.write("{\"mine\": 1}\n", to: "run/\(name)")
            try place.write("notes", to: "other/notes.txt")
            for resume in [[], ["--resume"]] {
                let run = try place.run(["train", "words.yaml", "--output", "run"] + resume)
                XCTAssertEqual(
                    run.complaints,
                    [
                        "rnn-dist: error: run: this folder holds a '\(name)', which no run has written, expected a new or "
                            + "empty folder; choose another --output, or move it away"
                    ])
                XCTAssertEqual(try place.read("run/\(name)"), Data("{\"mine\": 1}\n".utf8))
            }
            if name == "loss.svg" {
                XCTAssertEqual(try place.run(["train", "words.yaml", "--output", "other"]).status, 0, "other files may be there")
                XCTAssertEqual(try place.read("other/notes.txt"), Data("notes".utf8))
            }
        }
    }

    /// Whatever a kill or a lost machine has left of a run's start, the run begins anew.
    func testWhatARunHasLeftIsTakenOver() throws {
        let place = try place()
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let whole = try place.read("run/metrics.jsonl")
        try FileManager.default.removeItem(atPath: place.path + "/run/checkpoints")
        for log in [Data(), whole.prefix(5), Data(count: 5000) + whole.dropFirst(5000)] {
            try place.write(log, to: "run/metrics.jsonl")
            XCTAssertEqual(try place.digest(afterTraining: ["words.yaml", "--resume"], output: "run"), digest)
            try FileManager.default.removeItem(atPath: place.path + "/run/checkpoints")
        }
        // Pictures alone: they say who drew them.
        for name in ["metrics.jsonl", "incarnation"] { try FileManager.default.removeItem(atPath: place.path + "/run/" + name) }
        XCTAssertEqual(try place.digest(afterTraining: ["words.yaml"], output: "run"), digest)
    }

    func testNothingLeftToDoIsTold() throws {
        let place = try place()
        _ = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let again = try place.run(["train", "words.yaml", "--output", "run", "--resume"])
        XCTAssertEqual(again.status, 0)
        XCTAssertTrue(
            again.standardOutput.contains("no step is left: all of 2 epochs are made; to go on: --set training.epochs=4 makes as many again\n"),
            again.standardOutput)
        let fewer = try place.run(["train", "words.yaml", "--output", "run", "--resume", "--set", "training.epochs=1"])
        XCTAssertEqual(fewer.status, 64)
        XCTAssertTrue(
            fewer.complaints.first?.hasSuffix(
                "it has made 2 epochs and 0 steps, expected no more than training.epochs, which is 1; the count goes on: "
                    + "raise training.epochs") ?? false, "\(fewer.complaints)")
        // Early stopping has ended it: whatever the epochs, no step would be made.
        let stopped = ["training.early_stopping={patience: 1, min_delta: 1000}", "training.epochs=9"]
            .flatMap { ["--set", $0] }
        XCTAssertEqual(try place.run(["train", "words.yaml", "--output", "early"] + stopped).status, 0)
        let on = try place.run(["train", "--from", "early", "--output", "on", "--set", "training.epochs=50"])
        XCTAssertEqual(on.status, 64)
        XCTAssertTrue(
            on.complaints.first?.hasSuffix(
                "no step is left: validation had not improved for 1 validation, expected a checkpoint to train on from; to "
                    + "go on: raise training.early_stopping.patience, which is 1") ?? false, "\(on.complaints)")
        XCTAssertFalse(place.exists("on"))
    }

    func testAFileThatMayNotGrowIsAMessageAndNoHalfFile() throws {
        let place = try place()
        // Units of 512 bytes: enough for the log of metrics, too little for a checkpoint.
        let run = try place.run(sh: #"ulimit -f 20; exec "$0" "$@""#, ["train", "words.yaml", "--output", "run"])
        XCTAssertEqual(run.status, 1)
        XCTAssertEqual(
            run.complaints,
            [
                "rnn-dist: error: run/checkpoints/step-00000006.h5: cannot be written: File too large; "
                    + "raise the limit on the size of files (ulimit -f), or choose another file system"
            ])
        XCTAssertEqual(place.list("run/checkpoints"), [])
        XCTAssertEqual(place.list("run").filter { $0.hasSuffix(".partial") }, [])
        let again = try place.run(["train", "words.yaml", "--output", "run"])
        XCTAssertEqual(
            again.complaints,
            [
                "rnn-dist: error: run: this folder holds another run, which has no checkpoint yet, "
                    + "expected a new or empty folder; begin that run anew with --resume, or choose another --output"
            ])
        let digest = try place.digest(afterTraining: ["words.yaml", "--resume"], output: "run")
        XCTAssertEqual(try place.digest(afterTraining: ["words.yaml"], output: "whole"), digest)
    }

    func testAnIncompatibleConfigurationIsRefusedKeyByKey() throws {
        let place = try place()
        _ = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let before = try place.read("run/metrics.jsonl")
        let changes = ["--set", "training.batch_size=8", "--set", "model.layers.1.size=5", "--set", "training.epochs=3"]
        for ranks in [nil, 3] {
            let run = try place.run(["train", "words.yaml", "--output", "run", "--resume"] + changes, ranks: ranks)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: run/checkpoints/step-00000012.h5: belongs to a run with another configuration: "
                        + "model.layers.1.size is 9 there and 5 here; training.batch_size is 16 there and 8 here, "
                        + "expected the same values; these may change: data.train, data.validation, data.features, "
                        + "data.validation_features, data.vocabulary.file, data.cache, training.epochs, training.optimizer.learning_rate, "
                        + "training.schedule.*, training.clip_norm, training.non_finite, training.bleu, training.validate_every_steps, "
                        + "training.early_stopping.*, training.digest_every_steps, training.log_every_steps, checkpoint.*, reporting.*, output; "
                        + "for anything else begin a new run with --output"
                ])
            XCTAssertEqual(run.status, 64)
        }
        XCTAssertEqual(try place.read("run/metrics.jsonl"), before)
    }

    func testEpochsAndLearningRateMayChange() throws {
        let place = try place()
        let four = try place.digest(afterTraining: ["words.yaml", "--set", "training.epochs=4"], output: "four")
        _ = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let more = ["words.yaml", "--resume", "--set", "training.epochs=4"]
        XCTAssertEqual(try place.digest(afterTraining: more, output: "run", ranks: 2), four)
        let slower = ["--set", "training.epochs=5", "--set", "training.optimizer.learning_rate=0.0001"]
        XCTAssertNotEqual(try place.digest(afterTraining: ["words.yaml", "--resume"] + slower, output: "run"), four)
    }

    func testOtherTrainingDataIsRefused() throws {
        let place = try place()
        _ = try place.digest(afterTraining: ["words.yaml"], output: "run")
        // The same words and labels, so the vocabulary alone does not tell.
        var lines = try String(decoding: place.read("words.csv"), as: UTF8.self).split(separator: "\n")
        lines.swapAt(1, 2)
        try place.write(lines.joined(separator: "\n") + "\n", to: "words.csv")
        let run = try place.run(["train", "words.yaml", "--output", "run", "--resume"], ranks: 3)
        XCTAssertEqual(run.status, 1)
        XCTAssertEqual(
            run.complaints,
            [
                "rnn-dist: error: words.csv: its examples have SHA-256 HASH, expected HASH, those of "
                    + "run/checkpoints/step-00000012.h5; restore the data, or begin a new run in another output folder"
            ])
    }

    func testFoldersThatCannotBeWrittenToAreRefusedWithNothingLeft() throws {
        let place = try place()
        let cases = [
            ("words.yaml/run", "words.yaml is a file"), ("words.yaml", "words.yaml is a file"),
            ("/proc/run", "No such file or directory"),
        ]
        for (output, reason) in cases {
            for ranks in [nil, 3] {
                let run = try place.run(["train", "words.yaml", "--output", output], ranks: ranks)
                XCTAssertEqual(
                    run.complaints,
                    [
                        "rnn-dist: error: \(output): the folder cannot be written to (\(reason)), expected a place for the run's files; "
                            + "choose another --output"
                    ])
                XCTAssertEqual(run.status, 1)
            }
        }
        XCTAssertEqual(place.list(""), ["words.csv", "words.yaml"])
    }

    func testAReadOnlyFolderIsRefusedAtOnce() throws {
        let place = try place()
        try FileManager.default.createDirectory(atPath: place.path + "/closed", withIntermediateDirectories: false)
        chmod(place.path + "/closed", 0o555)
        var command = try MPIRun.command("rnn-dist", ["train", "words.yaml", "--output", "closed/run"], ranks: nil)
        // Root may write anywhere, unless it gives up the capability to.
        if geteuid() == 0 { command = [try MPIRun.locate("setpriv"), "--bounding-set", "-dac_override"] + command }
        let run = try RunningProgram(command, folder: place.path).result()
        XCTAssertEqual(
            run.complaints,
            [
                "rnn-dist: error: closed/run: the folder cannot be written to (Permission denied), expected a place for the run's files; "
                    + "choose another --output"
            ])
        XCTAssertEqual(run.status, 1)
        XCTAssertEqual(run.standardOutput, "", "refused before the data is read")
    }

    func testAFullDiskEndsTheRunAndLeavesItsCheckpoints() throws {
        let place = try place()
        let arguments = "words.yaml --set checkpoint.every_steps=2 --set checkpoint.keep=9"
        let program = try MPIRun.builtProduct("rnn-dist")
        try place.write(
            """
            mkdir disk && mount -t tmpfs -o size=600k tmpfs disk || exit
            \(program) train \(arguments) --output disk/run > out-1 2> err-1; echo $? > status-1
            \(program) digest disk/run > digest-1 2>&1
            mpirun -n 3 \(program) train \(arguments) --output disk/run --resume > out-3 2> err-3; echo $? > status-3
            ls disk/run/checkpoints > files
            mount -o remount,size=9m disk
            \(program) train \(arguments) --output disk/run --resume > out-4 2>&1
            \(program) digest disk/run > digest-4 2>&1

            """, to: "disk.sh")
        let run = try RunningProgram(
            [MPIRun.locate("unshare"), geteuid() == 0 ? "-m" : "-rm", "sh", "disk.sh"], folder: place.path
        ).result()
        // Containers often forbid to mount anything.
        guard place.exists("status-1") else { throw XCTSkip("no small disk can be mounted here: \(run.standardError)") }
        func text(_ name: String) throws -> String { String(decoding: try place.read(name), as: UTF8.self) }
        for (ranks, prefix) in [(1, ""), (3, "rank 0: ")] {
            let said = try text("err-\(ranks)")
            let complaints = MPIRun(status: 0, standardOutput: "", standardError: said).complaints
            XCTAssertEqual(complaints.count, 1, said)
            let pattern = "^rnn-dist: error: \(prefix)disk/run/checkpoints/(step-[0-9]{8}.h5|latest): "
                + "cannot be written: No space left on device; free space or choose another output folder$"
            XCTAssertNotNil(complaints.first?.range(of: pattern, options: .regularExpression), "\(complaints)")
            XCTAssertEqual(try text("status-\(ranks)"), "1\n")
        }
        XCTAssertEqual(try text("digest-1").utf8.count, 65, "a checkpoint from before is whole")
        XCTAssertFalse(try text("files").contains("partial"), "half a checkpoint was left")
        let undisturbed = try place.digest(
            afterTraining: arguments.split(separator: " ").map(String.init), output: "undisturbed")
        XCTAssertEqual(try text("digest-4"), undisturbed + "\n")
    }
}
