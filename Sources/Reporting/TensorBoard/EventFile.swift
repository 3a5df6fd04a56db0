import Foundation
import HDF5

/// A file of events in the format that TensorBoard reads: one record for each, each with checksums.
///
/// Every start of a run writes a file of its own, whose first events tell TensorBoard to forget what earlier files hold
/// of the steps that the start makes again.
final class EventFile {
    private let file: AppendedFile

    /// - Parameters:
    ///   - folder: Made where it is missing.
    ///   - step: Events of this step and later ones in earlier files are forgotten.
    init(in folder: String, host: String, purging step: Int) throws {
        if mkdir(folder, 0o777) != 0, errno != EEXIST {
            throw POSIXFile.failure(errno, folder, POSIXFile.unwritten)
        }
        // TensorBoard reads files in the order of their names: a later start must have a greater one, whatever the
        // clocks of two hosts say.
        let prefix = "events.out.tfevents."
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw POSIXFile.failure(errno, folder, POSIXFile.unwritten)
        }
        let earlier = names.compactMap { name in
            name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
        }.filter { 0..<1_000_000_000_000 ~= $0 }  // others are no times
        let seconds = max(Int(Self.now), (earlier.max() ?? 0) + 1)
        file = try AppendedFile("\(folder)/\(prefix)\(seconds).\(host)", O_CREAT | O_EXCL)
        try add(step: step) { $0.fileVersion = "brain.Event:2" }
        try add(step: step) { $0.sessionLog.status = .start }
    }

    func add(_ values: [Tensorboard_Summary.Value], step: Int) throws {
        if values.isEmpty { return }
        try add(step: step) { $0.summary.value = values }
    }

    func close() throws { try file.close() }

    private func add(step: Int, _ fill: (inout Tensorboard_Event) -> Void) throws {
        var event = Tensorboard_Event()
        event.wallTime = Self.now
        event.step = Int64(step)
        fill(&event)
        try file.append(EventRecord.framed(event.serializedBytes()))
    }

    private static var now: Double { Date().timeIntervalSince1970 }
}
