import ArgumentParser
import Interchange
import Reporting

extension ExportFormat: ExpressibleByArgument {}

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model for PyTorch, Keras or onnxruntime, with a script that uses it.",
        discussion: """
            rnn-dist export runs/surnames --to safetensors model.safetensors
            rnn-dist export runs/ag-news --to keras exported/keras/model.weights.h5
            rnn-dist export runs/ag-news --to keras-archive exported/archive/model.keras
            rnn-dist export runs/ag-news --to onnx exported/onnx/model.onnx

            Beside the file, in a folder of their own: vocabulary.json, and load_model.py, which rebuilds the model, loads the weights and \
            predicts for texts on its command line what predict does.
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "safetensors (PyTorch), keras (weights), keras-archive (model and weights), onnx.")
    var to: ExportFormat

    @Argument(help: "The file to write; its folder is made where there is none.", completion: .file())
    var file: String

    func run() throws {
        try runAlone {
            try to.check(file)
            let portable = try PortableModel(try model.load())
            let paths = try ModelExport(portable, to: to, path: file).write()
            for remark in portable.remarks { Terminal.write("rnn-dist: note: \(remark)\n", descriptor: 2) }
            print("wrote \(paths.joined(separator: ", "))")
        }
    }
}
