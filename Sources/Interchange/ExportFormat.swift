import Diagnostics

/// A form that a model can be written in for other programs.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// `.weights.h5`, for `model.load_weights` of Keras 3.
    case keras
    /// `.keras`, for `keras.saving.load_model`.
    case kerasArchive = "keras-archive"
    /// PyTorch's `state_dict`.
    case safetensors
    /// ONNX, for onnxruntime and others.
    case onnx

    /// How the names of such files end, since readers ask for it.
    var ending: String {
        switch self {
        case .keras: ".weights.h5"
        case .kerasArchive: ".keras"
        case .safetensors: ".safetensors"
        case .onnx: ".onnx"
        }
    }

    /// Refuses a name that the format's readers would not take, or that a script cannot name.
    public func check(_ path: String) throws {
        let unwritable: [Unicode.Scalar] = ["\"", "\\", "\n", "\r"]
        guard !path.unicodeScalars.contains(where: unwritable.contains) else {
            throw Diagnostic(
                path, "has a quotation mark, a backslash or a line break in its name",
                expected: "a name that a script can state", category: .usage)
        }
        guard path.hasSuffix(ending) else {
            throw Diagnostic(path, "names no file of --to \(rawValue)", expected: "*\(ending)", category: .usage)
        }
    }
}
