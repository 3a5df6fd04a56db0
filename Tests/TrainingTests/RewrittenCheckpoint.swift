import HDF5
import Training

/// A checkpoint with something wrong in it: a copy of a good one, dataset by dataset, but for one.
struct RewrittenCheckpoint {
    enum Change {
        case missing
        case text(String)
        case texts([String])
        case floats([Float], shape: [Int])
        case doubles([Double], shape: [Int])
        case int32s([Int32], shape: [Int])
        case int64s([Int64], shape: [Int])
    }

    /// - Parameters:
    ///   - path: The dataset that changes.
    ///   - step: The step that the copy claims; nil: the original's.
    static func make(_ image: consuming FileBytes, changing path: String, _ change: Change, step: Int? = nil) throws
        -> StoredCheckpoint
    {
        let source = try HDF5File(image: image, subject: "original"), copy = try HDF5File.inMemory("copy")
        for name in ["format_version", "step", "epoch"] {
            let value: Int = try source.attribute(name, of: "")
            try copy.setAttribute(name, of: "", to: name == "step" ? step ?? value : value)
        }
        for name in ["task", "digest"] {
            let value: String = try source.attribute(name, of: "")
            try copy.setAttribute(name, of: "", to: value)
        }
        for dataset in try datasets(source) {
            if dataset == path {
                try write(change, to: dataset, in: copy)
            } else {
                try self.copy(dataset, from: source, to: copy)
            }
        }
        if try copy.exists("history") {
            let columns: [String] = try source.attribute("columns", of: "history")
            try copy.setAttribute("columns", of: "history", to: columns)
        }
        let bytes = try copy.image()
        return try StoredCheckpoint(bytes: bytes, path: "model.h5")
    }

    /// Paths of all datasets, in byte order.
    static func datasets(_ file: HDF5File, below group: String = "") throws -> [String] {
        try file.children(of: group).flatMap { name -> [String] in
            let path = group.isEmpty ? name : "\(group)/\(name)"
            return try file.kind(of: path) == .group ? datasets(file, below: path) : [path]
        }
    }

    private static func write(_ change: Change, to path: String, in file: HDF5File) throws {
        switch change {
        case .missing: break
        case .text(let text): try file.write(text, to: path)
        case .texts(let texts): try file.write(texts, to: path)
        case .floats(let values, let shape): try file.write(values, to: path, shape: shape)
        case .doubles(let values, let shape): try file.write(values, to: path, shape: shape)
        case .int32s(let values, let shape): try file.write(values, to: path, shape: shape)
        case .int64s(let values, let shape): try file.write(values, to: path, shape: shape)
        }
    }

    private static func copy(_ path: String, from source: HDF5File, to copy: HDF5File) throws {
        let shape = try source.shape(of: path)
        switch try source.numberKind(of: path) {
        case .float32: try copy.write(source.read(path, as: Float.self), to: path, shape: shape)
        case .float64: try copy.write(source.read(path, as: Double.self), to: path, shape: shape)
        case .uint8: try copy.write(source.read(path, as: UInt8.self), to: path, shape: shape)
        case .int32: try copy.write(source.read(path, as: Int32.self), to: path, shape: shape)
        case .int64: try copy.write(source.read(path, as: Int64.self), to: path, shape: shape)
        case .uint64: try copy.write(source.read(path, as: UInt64.self), to: path, shape: shape)
        case nil:
            if shape.isEmpty {
                try copy.write(source.text(path), to: path)
            } else {
                try copy.write(source.texts(path), to: path)
            }
        }
    }
}
