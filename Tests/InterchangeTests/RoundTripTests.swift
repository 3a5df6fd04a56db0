import Configuration
import Diagnostics
import HDF5
import Interchange
import Kernels
import Tasks
import TestSupport
import Training
import XCTest

/// Exported files, imported again.
final class RoundTripTests: XCTestCase {
    private static let formats = [ExportFormat.keras, .kerasArchive, .safetensors]

    override func setUpWithError() throws {
        ForeignFile.command = [try MPIRun.builtProduct("rnn-dist"), "read-hdf5"]
    }

    private func export(_ fixture: ModelFixture, _ task: any SequenceTask, _ format: ExportFormat) throws -> String {
        let name = ["keras": "m.weights.h5", "keras-archive": "m.keras"][format.rawValue] ?? "m.safetensors"
        let path = "\(fixture.folder.path)/\(name)"
        _ = try ModelExport(PortableModel(task, subject: "model"), to: format, path: path).write()
        return path
    }

    private func assertSame(_ one: any SequenceTask, _ two: any SequenceTask, _ message: String) {
        XCTAssertEqual(Array(one.parameters.dense.elements), Array(two.parameters.dense.elements), message)
        for (one, two) in zip(one.parameters.tables, two.parameters.tables) {
            XCTAssertEqual(Array(one.storage.elements), Array(two.storage.elements), message)
        }
    }

    private func assertComesBack(_ fixture: ModelFixture, _ format: ExportFormat, _ message: String) throws {
        let task = try fixture.task(seed: 1), other = try fixture.task(seed: 2)
        let path = try export(fixture, task, format)
        try ModelImport.filling(PortableModel(other, subject: "model"), from: path).store(into: other.parameters)
        assertSame(task, other, message)
    }

    func testEveryCellComesBackToTheBit() throws {
        for layer in ModelFixture.layers {
            for format in Self.formats where !(format == .safetensors && layer.reset == .before) {
                var fixture = try ModelFixture()
                fixture.configuration.model.layers = [layer, layer]
                fixture.configuration.model.dense = [.init()]
                try assertComesBack(fixture, format, "\(layer) \(format)")
            }
        }
    }

    func testTaggersAndLanguageModelsComeBack() throws {
        for (name, tied) in [("tag", false), ("language_model", false), ("language_model", true)] {
            for format in Self.formats {
                var fixture = try ModelFixture(task: name)
                fixture.configuration.model.input = .embedding(size: 3)
                fixture.configuration.model.output.tied = tied
                try assertComesBack(fixture, format, "\(name) \(format)")
            }
        }
    }

    func testTheSameModelGivesTheSameFiles() throws {
        let fixture = try ModelFixture(), model = try fixture.model()
        for (format, name) in [
            (ExportFormat.keras, "m.weights.h5"), (.kerasArchive, "m.keras"), (.safetensors, "m.safetensors"),
        ] {
            let one = try ModelExport(model, to: format, path: name)
            let two = try ModelExport(model, to: format, path: name)
            for (left, right) in zip(one.files, two.files) { XCTAssertEqual(left.bytes, right.bytes, left.name) }
        }
    }

    func testAnImportedCheckpointPredictsAndIsAtStepZero() throws {
        let fixture = try ModelFixture(), task = try fixture.task(seed: 1)
        let path = try export(fixture, task, .keras)
        let written = try ImportedRun(
            fixture.configuration, from: path, renamed: [], team: ThreadTeam(count: 1)
        ) { _ in }.write(to: "\(fixture.folder.path)/run")
        XCTAssertTrue(written.hasSuffix("run/checkpoints/step-00000000.h5"))
        let loaded = try LoadedModel("\(fixture.folder.path)/run", team: ThreadTeam(count: 1))
        XCTAssertEqual(loaded.checkpoint.step, 0)
        XCTAssertEqual(try loaded.checkedDigest(), loaded.checkpoint.digest)
        assertSame(task, loaded.task, "imported")
        fixture.folder.expect(
            "run: this folder holds another run, expected a new or empty folder; choose another --output"
        ) {
            _ = try ImportedRun(fixture.configuration, from: path, renamed: [], team: ThreadTeam(count: 1)) { _ in }
                .write(to: "\(fixture.folder.path)/run")
        }
    }
}
