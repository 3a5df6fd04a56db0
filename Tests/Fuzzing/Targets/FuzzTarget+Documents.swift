import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData
import Training

/// Readers of sealed HDF5 files.
extension FuzzTarget {
    static var documentTargets: [FuzzTarget] {
        [
            // The seal itself, and that nothing gets past it.
            FuzzTarget("seal", seeds: { [try bytes(of: sealed(encoded))] }) {
                _ = try SealedFile.read(file($0, ".h5"), as: .encodedData)
            },
            // What stands behind the seal of a checkpoint: whoever changes a file can seal it again.
            FuzzTarget("checkpoint", seeds: { [try bytes(of: encoded())] }) {
                let image = try FileBytes(copying: $0, for: "step.h5")
                let model = try LoadedModel(StoredCheckpoint(bytes: image, path: "step.h5"), team: team)
                _ = try model.checkedDigest()
            },
            // Encoded data: parts that do not go together would lead out of arrays.
            FuzzTarget("cache", seeds: { [try bytes(of: encoded())] }) {
                let image = try FileBytes(copying: $0, for: "data.h5")
                let file = try HDF5File(image: image, subject: "data.h5")
                var refusal: Diagnostic?
                func attempt(_ read: () throws -> Void) throws {
                    do { try read() } catch let error as Diagnostic { refusal = error }
                }
                try attempt {
                    let corpus = try EncodedCorpus(from: file, "corpus")
                    for example in 0..<corpus.count {
                        precondition(corpus.length(of: example) >= 0, "lengths are counts")
                    }
                }
                try attempt { _ = try RunningText(from: file, "text") }
                try attempt { _ = try TaggedCorpus(from: file, "tagged") }
                try attempt { _ = try SentencePairs(from: file, "pairs") }
                try attempt { _ = try Vocabulary(from: file, "vocabulary") }
                try attempt { _ = try LabelSet(from: file, "labels") }
                if let refusal { throw refusal }
            },
        ]
    }

    private static let team = ThreadTeam(count: 1)

    /// A file with one of each kind of encoded data.
    private static func encoded() throws -> FileBytes {
        let file = try HDF5File.inMemory("data.h5")
        var data = DataConfiguration()
        data.train = try self.file(Array("a,one two\nb,two\n".utf8), ".csv")
        data.tokens = .words
        try CorpusReader(data).readTraining().training.write(to: file, "corpus")
        try RunningText(tokens: [2, 3, 4]).write(to: file, "text")
        try TaggedCorpus().write(to: file, "tagged")
        try SentencePairs(source: [[2, 3], [4]], target: [[3], [2]]).write(to: file, "pairs")
        try Vocabulary(strings: ["", "[UNK]", "é"]).write(to: file, "vocabulary")
        try LabelSet(names: ["a", "b"]).write(to: file, "labels")
        try file.write(["a text", ""], to: "texts")
        try file.setAttribute("names", of: "texts", to: ["α", "b"])
        return try file.image()
    }

    private static func sealed(_ make: () throws -> FileBytes) throws -> FileBytes {
        let image = try make()
        try SealedFile.seal(image, as: .encodedData)
        return image
    }

    private static func bytes(of image: borrowing FileBytes) -> [UInt8] { image.array }
}
