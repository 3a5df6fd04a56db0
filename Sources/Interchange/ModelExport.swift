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

    /// Writes the files, each completely or not at all. Weights of an earlier export are replaced.
    ///
    /// - Returns: Their paths.
    /// - Throws: `Diagnostic` where a file cannot be written, or is there already and somebody else's.
    public func write() throws -> [String] {
        let paths = files.map { folder.isEmpty ? "/\($0.name)" : folder == "." ? $0.name : "\(folder)/\($0.name)" }
        try OutputFile.model.checkReplaceable(paths[0])
        for (path, file) in zip(paths, files).dropFirst() { try checkSame(path, file.bytes) }
        try AtomicFile.makeFolder(of: paths[0])
        for (path, file) in zip(paths, files) { try AtomicFile.write(file.bytes, to: path) }
        return paths
    }

    /// What stands beside the weights has the same name for every model, and users change it: it is never replaced.
    private func checkSame(_ path: String, _ bytes: [UInt8]) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if let there = try? SmallFile.read(path, atMost: bytes.count + 1), there == bytes { return }
        throw Diagnostic(
            path, "is there already, with another content", expected: "no such file, or the same",
            hint: "export into a folder of its own")
    }
}
