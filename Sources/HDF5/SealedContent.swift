/// What a sealed file holds; its first line says so, so that one kind is never taken for another.
public enum SealedContent: Sendable {
    case checkpoint
    /// Data as a training run takes them, made from files that are still there.
    case encodedData

    package var magic: [UInt8] { Array("rnn-dist \(self == .checkpoint ? "checkpoint" : "encoded data")\n".utf8) }

    /// For messages.
    var name: String { self == .checkpoint ? "a checkpoint" : "encoded data" }
    var ownName: String { self == .checkpoint ? "an rnn-dist checkpoint" : "encoded data of rnn-dist" }
    var file: String { self == .checkpoint ? "a checkpoint file" : "a file of encoded data" }
    /// What to do without the file.
    var replacement: String? { self == .checkpoint ? "use an older checkpoint" : nil }
}
