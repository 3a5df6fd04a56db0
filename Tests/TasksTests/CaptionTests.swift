import Configuration
import Diagnostics
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

final class CaptionTests: XCTestCase {
    private func configuration(_ folder: TemporaryFolder) throws -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.task = "caption"
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0
        configuration.data.train = try folder.write("captions.txt", "a red dot\na green dot\na red square\n")
        configuration.data.features = try folder.write("features.csv", "1,0.5\n0,0.5\n1,-1e-1\n")
        configuration.model.input = .embedding(size: 4)
        configuration.model.layers[0].size = 5
        return configuration
    }

    private func task(_ configuration: RunConfiguration) throws -> CaptionTask {
        let task = try CaptionTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        task.parameters.initialize(seed: 4)
        task.parametersChanged()
        return task
    }

    func testRowsOfNumbersBeginTexts() throws {
        let folder = try TemporaryFolder()
        let task = try self.task(try configuration(folder))
        var request = PredictionRequest()
        request.file = try folder.write("new.csv", "0,1\n3,4\n")
        request.topK = 2
        let predictions = try task.predict(request)
        XCTAssertEqual(predictions.map(\.subject), ["row 1", "row 2"])
        XCTAssertEqual(predictions[0].columns.map(\.name), ["caption_1", "log_probability_1", "caption_2", "log_probability_2"])
    }

    func testRowsThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        let configuration = try configuration(folder)
        func training(_ features: String, _ captions: String? = nil) throws {
            var configuration = configuration
            configuration.data.features = try folder.write("f.csv", features)
            if let captions { configuration.data.train = try folder.write("c.txt", captions) }
            _ = try self.task(configuration)
        }
        folder.expect("f.csv:2: row has 1 value, expected 2 as in the first row") { try training("1,2\n3\n5,6\n") }
        folder.expect("f.csv: has 2 rows of numbers, expected 3, one for each line of captions.txt") { try training("1,2\n3,4\n") }
        folder.expect("f.csv:2: column 2 holds 'x', expected a finite number") { try training("1,2\n3,x\n5,6\n") }
        folder.expect("f.csv:1: column 1 holds 'a', expected a finite number; set data.header: true if the first row holds names") { try training("a,b\n3,4\n5,6\n") }
        folder.expect("c.txt:2: text is empty, expected the text of row 2 of f.csv") { try training("1\n2\n", "x\n \n") }
        let task = try self.task(configuration)
        folder.expect("new.csv:1: row has 3 values, expected 2 as in training") {
            var request = PredictionRequest()
            request.file = try folder.write("new.csv", "0,1,2\n")
            _ = try task.predict(request)
        }
        folder.expect("argument: the model describes rows of 2 numbers, expected a table of them: --input FILE") {
            var request = PredictionRequest()
            request.texts = ["1,2"]
            _ = try task.predict(request)
        }
    }

    func testLabelsBeginTexts() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(folder)
        configuration.data.features = nil
        configuration.data.tokens = .characters
        configuration.data.train = try folder.write("names.csv", "x,ab\ny,ba\nx,aab\n")
        let task = try self.task(configuration)
        var request = PredictionRequest()
        request.texts = ["y", "z"]
        folder.expect("argument:2: label 'z' is unknown, expected one of: x, y") { _ = try task.predict(request) }
        request.texts = ["y"]
        XCTAssertEqual(try task.predict(request).map(\.subject), ["y"])
        let batch = task.trainingBatch(task.trainingPlan(epoch: 0), step: 0, shards: 0..<16, subtrees: [0..<16])
        XCTAssertEqual(task.evaluate(batch).counts[..<3], [3, 10, 10])
    }
}
