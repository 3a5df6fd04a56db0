import ArgumentParser
import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import Reporting
import Tasks
import Training

struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the layers of a network with their shapes and parameters.",
        discussion: "rnn-dist summary Configs/surnames.yaml\nrnn-dist summary runs/surnames")

    @Argument(help: "A YAML file (its data is read, for the sizes of vocabulary and labels), a checkpoint, or a run's folder.")
    var subject: String

    @Option(name: .customLong("set"), help: "Override a key of the YAML file; may be repeated.")
    var overrides: [String] = []

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        try runAlone {
            let team = ThreadTeam(count: 1)
            let configuration: RunConfiguration, task: ClassificationTask
            if subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") {
                configuration = try RunConfiguration.read(file: subject, overrides: overrides)
                task = try ClassificationTask.forTraining(configuration, team: team) { _ in }
            } else {
                let model = try LoadedModel(subject, team: team)
                configuration = model.checkpoint.configuration
                task = model.task
            }
            let summary = LayerSummary(configuration, task.parameters.layout)
            print(json ? summary.json.text + "\n" : summary.text, terminator: "")
        }
    }
}

extension LayerSummary {
    /// The layers of a classifier, from its configuration and parameters.
    fileprivate init(_ configuration: RunConfiguration, _ layout: ParameterLayout) {
        func parameters(_ prefix: String) -> Int {
            layout.dense.filter { $0.name.hasPrefix(prefix + "/") }.reduce(0) { $0 + $1.count }
                + layout.tables.filter { $0.name.hasPrefix(prefix + "/") }.reduce(0) { $0 + $1.rows * $1.width }
        }
        var layers: [Layer] = []
        if let table = layout.tables.first(where: { $0.name == "embedding/weight" }) {
            layers.append(
                Layer(
                    name: "embedding", kind: table.isTrained ? "Embedding" : "Embedding, frozen",
                    outputShape: [.batch, .time, .size(table.width)], parameters: table.rows * table.width, isTrained: table.isTrained))
        }
        for (number, layer) in configuration.model.layers.enumerated() {
            let isLast = number == configuration.model.layers.count - 1
            let width = layer.size * (layer.bidirectional ? 2 : 1)
            let name = layer.cell == .elman ? "Elman (\(layer.activation.rawValue))" : layer.cell.rawValue.uppercased()
            layers.append(
                Layer(
                    name: "layers/\(number)", kind: layer.bidirectional ? "Bidirectional \(name)" : name,
                    outputShape: isLast ? [.batch, .size(width)] : [.batch, .time, .size(width)],
                    parameters: parameters("layers/\(number)")))
        }
        for (number, dense) in configuration.model.dense.enumerated() {
            layers.append(
                Layer(
                    name: "dense/\(number)", kind: "Dense (\(dense.activation.rawValue))", outputShape: [.batch, .size(dense.size)],
                    parameters: parameters("dense/\(number)")))
        }
        let classes = layout.dense.first { $0.name == "output/bias" }?.count ?? 0
        layers.append(
            Layer(name: "output", kind: "Dense (softmax)", outputShape: [.batch, .size(classes)], parameters: parameters("output")))
        self.init(layers: layers)
    }
}
