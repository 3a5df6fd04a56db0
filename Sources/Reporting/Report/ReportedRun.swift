import Configuration
import Diagnostics
import Foundation
import Training

/// A run as a report shows it: its log, and its newest good checkpoint.
package struct ReportedRun {
    package var record: RunRecord
    /// Short, and its own among the runs of the report.
    package var name: String
    /// Of the newest good checkpoint.
    package var checkpoint: (step: Int, path: String, digest: String, receipt: [String])?
    /// Keys and values as YAML.
    package var configuration: [(key: String, value: String)]
    /// What a reader should know of what is missing.
    package var remarks: [String] = []

    /// - Throws: `Diagnostic` where there is no run.
    package init(folder: String) throws {
        self.init(try RunRecord(folder: folder))
        do {
            // Newest first; a run that goes on may remove one before it is read.
            for generation in try CheckpointFolder(run: record.folder).generations where checkpoint == nil {
                do {
                    let stored = try StoredCheckpoint(path: generation.path)
                    checkpoint = (stored.step, stored.path, stored.digest, stored.receipt)
                    if configuration.isEmpty { configuration = stored.configuration.flattened }
                } catch { remarks.append("A checkpoint is passed over: \(error).") }
            }
        } catch { remarks.append("The checkpoints cannot be listed: \(error).") }
    }

    package init(_ record: RunRecord) {
        self.record = record
        name = record.folder
        configuration = record.starts.last?.configuration ?? []
        if record.unreadableLines > 0 {
            remarks.append(
                "\(record.unreadableLines.counted("line")) of metrics.jsonl cannot be read: a machine that goes down "
                    + "leaves half of one.")
        }
    }

    /// The value of a key, as YAML; nil: it is not known.
    package func setting(_ key: String) -> String? { configuration.first { $0.key == key }?.value }

    /// Names for several runs: the last part of each folder's path, or all of it where that is not enough.
    package static func named(_ runs: [ReportedRun]) -> [ReportedRun] {
        let short = runs.map { $0.record.folder.split(separator: "/").last.map(String.init) ?? $0.record.folder }
        let isEnough = short.indices.allSatisfy { first in
            short.indices.allSatisfy { $0 == first || !short[$0].utf8.elementsEqual(short[first].utf8) }
        }
        return zip(runs, short).map { run, short in
            var run = run
            run.name = isEnough ? short : run.record.folder
            return run
        }
    }
}
