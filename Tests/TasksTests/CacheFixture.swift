import Configuration
import ContentDigest
import Kernels
import Tasks
import TestSupport

/// Small data of every task that keeps its encoded data, and starts that read it.
struct CacheFixture {
    let folder: TemporaryFolder
    var configuration: RunConfiguration

    static let tasks = ["classify", "numbers", "language_model", "lines", "tag", "translate"]

    init(_ task: String) throws {
        folder = try TemporaryFolder()
        let rows = (0..<40).map { "\("xyz".dropFirst($0 % 3).prefix(1)),Été \($0 % 7) red\($0 % 2 == 0 ? " green" : "")\n" }
        let yaml: String
        switch task {
        case "classify":
            _ = try folder.write("train.csv", rows.joined())
            yaml = "task: classify\ndata: {train: train.csv, tokens: words, max_length: 3}\nmodel: {input: {embedding: 3}}"
        case "numbers":
            _ = try folder.write("train.txt", (0..<40).map { "\($0 % 2) \($0) -0.0 \($0 % 5).25\n" }.joined())
            yaml = "task: classify\ndata: {train: train.txt, tokens: values}\nmodel: {input: features}"
        case "language_model":
            _ = try folder.write("train.txt", rows.joined())
            yaml = "task: language_model\ndata: {train: train.txt}\ntraining: {batch_size: 4}"
        case "lines":
            _ = try folder.write("train.txt", rows.joined())
            yaml = "task: language_model\ndata: {train: train.txt, tokens: words, lines: true, max_length: 2}"
        case "tag":
            _ = try folder.write("train.in", rows.map { $0.replacing(",", with: " ") }.joined())
            let tags = rows.map { row in row.dropLast().split(separator: #/[ ,]/#).map { "T\($0.utf8.count)" }.joined(separator: " ") }
            _ = try folder.write("train.out", tags.joined(separator: "\n") + "\n")
            yaml = "task: tag\ndata: {train: train.in, tokens: words}\nmodel: {input: {embedding: 3}}"
        default:
            _ = try folder.write("train.en", rows.joined())
            _ = try folder.write("train.de", rows.map { "zu \($0)" }.joined())
            yaml = "task: translate\ndata: {train: \"train.{en,de}\", tokens: subwords, merges: 5}"
        }
        configuration = try RunConfiguration.read(yaml: Array(yaml.utf8), name: "\(task).yaml")
        configuration.data.train = "\(folder.path)/\(configuration.data.train)"
        configuration.data.cache = "\(folder.path)/cache/encoded"
    }

    /// What a start says, and all that training takes from the data.
    struct Start: Equatable {
        var notices: [String] = []
        var artifacts: [TaskArtifact] = []
        var data = ""
        var remarks = ""

        /// What is said of the data, not of the cache.
        var summary: [String] { notices.filter { !$0.contains("encoded") } }
        /// What is said of the cache, file names left out.
        var cache: [String] {
            notices.filter { $0.contains("encoded") }.map { $0.replacing(#/[a-z_]+-[0-9a-f]{32}/#, with: "FILE") }
        }
    }

    func start(keepsData: Bool = true) throws -> Start {
        var start = Start()
        let task = try TaskRegistry.task(configuration).forTraining(
            configuration, team: ThreadTeam(count: 1), artifacts: nil, keepsData: keepsData
        ) {
            start.notices.append($0.replacing(folder.path + "/", with: ""))
        }
        var hasher = try SHA256Hasher()
        for isValidation in [false, true] {
            task.withFingerprintBytes(ofValidation: isValidation) { hasher.update($0) }
        }
        for text in task.artifacts.flatMap(\.texts) { hasher.update("\(text.utf8.count):\(text)") }
        start.artifacts = task.artifacts
        start.data = hasher.finalize().description
        start.remarks = "\(task.validationRemarks)"
        return start
    }

    static let kept = ["encoded data kept in cache/encoded/FILE.h5"]
    static let read = ["encoded data read from cache/encoded/FILE.h5"]
}
