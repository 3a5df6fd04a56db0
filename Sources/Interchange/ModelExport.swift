import Diagnostics
import Foundation
import HDF5

/// A model as files for other programs: its weights, its vocabulary, and a script that loads and uses them.
public struct ModelExport {
    /// Names, beside each other, and contents; the first has the weights.
    package let files: [(name: String, bytes: [UInt8])]
    private let folder: String

    /// Makes the files, without writing one.
    ///
    /// - Parameter path: Of the file with the weights; the others get names of their own beside it.
    /// - Throws: `Diagnostic` naming what the format cannot express, or a name that its readers do not take.
    public init(_ model: PortableModel, to format: ExportFormat, path: String) throws {
        try format.check(path)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map(String.init) ?? path
        folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
        let weights: [UInt8], script: LoadingScript
        switch format {
        case .keras:
            let layout = try KerasLayout(model)
            weights = try KerasFile.weights(model, layout, subject: path)
            script = .keras(model, layout, weights: name)
        case .kerasArchive:
            weights = try KerasFile.archive(model, KerasLayout(model), subject: path)
            script = .kerasArchive(model, weights: name)
        case .safetensors:
            weights = try Safetensors.bytes(of: TorchLayout(model).tensors(of: model))
            script = .torch(model, weights: name)
        case .onnx:
            weights = try ONNXFile.bytes(model, subject: path)
            script = .onnx(model, weights: name)
        }
        files = [
            (name, weights), (LoadingScript.vocabularyName, try LoadingScript.vocabulary(model)),
            (LoadingScript.name, Array(script.text(model).utf8)),
        ]
    }

    /// Writes the files, each completely or not at all.
    ///
    /// - Returns: Their paths.
    /// - Throws: `Diagnostic` where a file cannot be written, or is there already and somebody else's.
    public func write() throws -> [String] {
        let paths = files.map { folder.isEmpty ? "/\($0.name)" : folder == "." ? $0.name : "\(folder)/\($0.name)" }
        for path in paths { try OutputFile.checkReplaceable(path) }
        // Where there is none afterwards, the files themselves say so.
        try? FileManager.default.createDirectory(
            atPath: folder.isEmpty ? "/" : folder, withIntermediateDirectories: true)
        for (path, file) in zip(paths, files) { try AtomicFile.write(file.bytes, to: path) }
        return paths
    }
}
