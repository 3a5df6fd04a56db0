import Configuration
import Interchange
import SequenceData

/// Readers of what other programs give with their weights.
extension FuzzTarget {
    static var weightTargets: [FuzzTarget] { [safetensors, zip, vocabulary] }

    private static let safetensors = FuzzTarget(
        "safetensors",
        seeds: {
            let tensors = [
                NamedTensor(name: "rnn.weight_ih_l0", tensor: PortableTensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])),
                NamedTensor(name: "é", tensor: PortableTensor(shape: [], [7])),
                NamedTensor(name: "none", tensor: PortableTensor(shape: [0, 4], [])),
            ]
            return try [Safetensors.bytes(of: tensors), Safetensors.bytes(of: [])]
        }
    ) {
        for tensor in try Safetensors.tensors(in: $0, subject: "model.safetensors").map(\.tensor) {
            precondition(tensor.shape.reduce(1, *) == tensor.values.count, "a tensor has the numbers of its shape")
        }
    }

    private static let zip = FuzzTarget(
        "zip",
        seeds: {
            let files = [("metadata.json", Array("{}".utf8)), ("model.weights.h5", [UInt8](0..<200)), ("empty", [])]
            return try [ZipArchive.bytes(of: files, subject: "m"), ZipArchive.bytes(of: [files[1]], subject: "m")]
        }
    ) { _ = try ZipArchive.file("model.weights.h5", in: $0, subject: "model.keras") }

    private static let vocabulary = FuzzTarget(
        "vocabulary",
        choosing: ["\n[UNK]\none\ntwo\n", "one\ntwo\n", #"{"vocabulary": ["", "[UNK]", "é", "two"], "other": 1}"#]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.train = try file(Array("a,one two\nb,two three\n".utf8), ".csv")
        data.tokens = choice & 2 == 0 ? .words : .characters
        data.vocabulary.file = try file(bytes, choice & 1 == 0 ? ".vocabulary" : ".json")
        _ = try CorpusReader(data).readTraining()
    }
}
