import Diagnostics
import HDF5

/// A model as an ONNX file: operators of the standard alone, batch and time of any extent.
///
///     tokens [batch, time] int64 (or values [batch, time, features] float), lengths [batch] int64
///     → probabilities [batch, classes], or [batch, time, classes]
///
/// Of a sequence the first `lengths` time steps count; what stands behind them changes nothing.
package enum ONNXFile {
    /// Of 2022: read by onnxruntime from 1.12 on. Later operator sets have nothing that is needed here.
    static let operatorSet = 17
    private static let formatVersion = 8

    /// The bytes of a file.
    ///
    /// - Throws: `Diagnostic` where the weights are more than a file can hold.
    static func bytes(_ model: PortableModel, subject: String) throws -> [UInt8] {
        try check(weights: model.weightCount, subject)
        var graph = ONNXGraph()
        let isText = model.text != nil
        let input = isText ? "tokens" : "values"
        graph.add(model, input: input)
        var file = Onnx_ModelProto()
        file.irVersion = Int64(formatVersion)
        file.opsetImport = [.with { $0.version = Int64(operatorSet) }]
        file.producerName = "rnn-dist"
        file.docString = "\(OutputFile.model.mark) Of each sequence the first `lengths` time steps count."
        let vocabulary = String(decoding: try LoadingScript.vocabulary(model), as: UTF8.self)
        file.metadataProps = [("task", model.task.rawValue), ("vocabulary", vocabulary)].map { key, value in
            .with { ($0.key, $0.value) = (key, value) }
        }
        file.graph.name = model.task.rawValue
        file.graph.node = graph.nodes
        file.graph.initializer = graph.initializers
        let classes = Extent.of(model.output.outputSize)
        file.graph.input = [
            isText
                ? value(input, .int64, [.named("batch"), .named("time")])
                : value(input, .float, [.named("batch"), .named("time"), .of(model.inputSize)]),
            value("lengths", .int64, [.named("batch")]),
        ]
        file.graph.output = [
            value(
                "probabilities", .float,
                model.readout.isVector ? [.named("batch"), classes] : [.named("batch"), .named("time"), classes])
        ]
        return try file.serializedBytes()
    }

    /// A message of Protocol Buffers has a length of 31 bits.
    package static func check(weights: Int, _ subject: String) throws {
        let most = (1 << 31) / MemoryLayout<Float>.size - (1 << 20)
        guard weights <= most else {
            throw Diagnostic(
                subject, "the model has \(weights) weights", expected: "at most \(most), as many as an ONNX file holds",
                hint: "PyTorch's files have no such limit: --to safetensors", category: .usage)
        }
    }

    private enum Extent {
        case of(Int)
        /// Any.
        case named(String)
    }

    private static func value(
        _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Extent]
    ) -> Onnx_ValueInfoProto {
        var value = Onnx_ValueInfoProto()
        value.name = name
        value.type.tensorType.elemType = Int32(type.rawValue)
        value.type.tensorType.shape.dim = shape.map { extent in
            .with {
                switch extent {
                case .of(let count): $0.dimValue = Int64(count)
                case .named(let name): $0.dimParam = name
                }
            }
        }
        return value
    }
}

extension PortableModel {
    /// Numbers in all of its arrays.
    fileprivate var weightCount: Int {
        var count = output.weight.values.count + output.bias.values.count
        if case .embedding(let table, _) = input { count += table.values.count }
        for direction in layers.flatMap(\.directions) {
            count += direction.inputWeight.values.count + direction.recurrentWeight.values.count
                + 2 * direction.bias.values.count
        }
        return dense.reduce(count) { $0 + $1.weight.values.count + $1.bias.values.count }
    }
}
