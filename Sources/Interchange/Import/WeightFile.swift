import Diagnostics
import Foundation
import HDF5

/// A file with weights that another program has trained.
///
/// HDF5 is read in a process of its own, under limits of time and memory.
package struct WeightFile {
    package enum Kind { case kerasWeights, kerasArchive, safetensors, stateDictionary }

    let path: String
    let kind: Kind
    /// What the layers compute; nil: the file has weights alone.
    let architecture: KerasArchitecture?
    /// Paths of all its arrays, in byte order.
    let names: [String]
    /// Those that are in memory; nil: they are in an HDF5 file.
    private let tensors: [NamedTensor]?
    private let content: TemporaryCopy?  // of an archive

    /// Arrays in memory, as if they came from a file.
    package init(_ path: String, _ kind: Kind, _ tensors: [(name: String, PortableTensor)]) {
        (self.path, self.kind) = (path, kind)
        self.tensors = tensors.map { NamedTensor(name: $0.name, tensor: $0.1) }
        names = tensors.map(\.name)
        content = nil
        architecture = nil
    }

    init(_ path: String) throws {
        self.path = path
        try Self.refuseOwn(path)
        switch path {
        case _ where path.hasSuffix(".weights.h5"): kind = .kerasWeights
        case _ where path.hasSuffix(".keras"): kind = .kerasArchive
        case _ where path.hasSuffix(".safetensors"): kind = .safetensors
        case _ where ForeignFile.isNamed(path): kind = .stateDictionary
        default:
            throw Diagnostic(
                path, "is of a kind that its name does not tell",
                expected: "*.weights.h5 or *.keras (Keras), *.safetensors or *.h5 (PyTorch's state_dict)",
                hint: [".pt", ".pth", ".bin"].contains { path.hasSuffix($0) }
                    ? "reading a pickle runs code that stands in it: load it in PyTorch, and save its state_dict by "
                        + "safetensors.torch.save_file"
                    : nil,
                category: .usage)
        }
        if kind == .safetensors {
            let found = try Safetensors.tensors(
                in: WholeFile.read(path, expected: "a safetensors file"), subject: path)
            tensors = found
            names = found.map(\.name)
            content = nil
            architecture = nil
            return
        }
        tensors = nil
        if kind == .kerasArchive {
            let archive = try WholeFile.read(path, expected: "a file that Keras saved")
            content = try TemporaryCopy(ZipArchive.file(KerasFile.weightsName, in: archive, subject: path))
            architecture = try KerasArchitecture(
                ZipArchive.file(KerasFile.configurationName, in: archive, subject: path), subject: path)
        } else {
            (content, architecture) = (nil, nil)
        }
        let found = try Self.read(path, content?.path ?? path, [("", .names)])
        guard case .texts(let texts)? = found.first?.values else { preconditionFailure("names are texts") }
        names = texts.map { String(decoding: $0, as: UTF8.self) }
    }

    /// - Throws: `Diagnostic` for a folder, and for what needs no import.
    private static func refuseOwn(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
        let isSealed = !isFolder.boolValue
            && (try? SmallFile.read(path, atMost: 64)).map { $0.starts(with: SealedContent.checkpoint.magic) } ?? false
        guard isFolder.boolValue || isSealed else { return }
        throw Diagnostic(
            path, isSealed ? "is a checkpoint of rnn-dist" : "is a folder",
            expected: "a file with weights of PyTorch or Keras",
            hint: "of a run's own weights: rnn-dist train --from goes on from them", category: .usage)
    }

    /// Reads arrays that the file has, in the order in which they are asked for.
    func tensors(_ wanted: [String]) throws -> [PortableTensor] {
        if let tensors {
            return wanted.compactMap { name in tensors.first { $0.name == name }?.tensor }
        }
        return try Self.read(path, content?.path ?? path, wanted.map { ($0, .floats) }).map { dataset in
            guard case .floats(let values) = dataset.values else { preconditionFailure("floats were asked for") }
            return PortableTensor(shape: dataset.shape, values)
        }
    }

    /// - Parameter path: What messages name, whatever file is read.
    private static func read(
        _ path: String, _ file: String, _ wanted: [(name: String, kind: ForeignDataset.Kind)]
    ) throws -> [ForeignDataset] {
        do { return try ForeignFile.read(file, wanted) } catch var error as Diagnostic where error.subject == file {
            error.subject = path
            throw error
        }
    }
}

/// Bytes in a file of their own, which goes with this.
private final class TemporaryCopy {
    let path: String

    init(_ bytes: [UInt8]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("rnn-dist-\(UUID().uuidString).h5").path
        try AtomicFile.write(bytes, to: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
