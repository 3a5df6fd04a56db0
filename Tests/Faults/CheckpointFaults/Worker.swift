import Diagnostics
import Foundation
import HDF5
import Kernels
import Training

/// Reads damaged checkpoints as `rnn-dist digest` does and says of each what became of it, a line each.
struct Worker {
    let arguments: Arguments

    func run(_ numbers: Range<Int>) throws {
        let team = ThreadTeam(count: 1)
        let originals = try arguments.files.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
        let digests = try arguments.files.map { try LoadedModel($0, team: team).checkedDigest() }
        try limitMemory()
        let path = "/dev/shm/checkpoint-faults-\(getpid()).h5"
        defer { unlink(path) }
        for number in numbers {
            let file = number % originals.count
            var corruption = Corruption(seed: arguments.seed, number: number)
            var bytes = originals[file]
            corruption.apply(to: &bytes, from: arguments.sealsAgain ? HDF5File.userBlockSize : 0)
            if arguments.sealsAgain {
                // Where the file says how long it is, so that what lies behind is looked at.
                if number / originals.count % 2 == 0 { corruption.repairLength(of: &bytes) }
                let image = try FileBytes(copying: bytes, for: path)
                try SealedFile.seal(image)
                bytes = image.array
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            var outcome = Outcome.refused, message = ""
            do {
                let digest = try LoadedModel(path, team: team).checkedDigest()
                outcome = digest == digests[file] && arguments.sealsAgain ? .same : .changed
            } catch let refusal as Diagnostic {
                message = "\(refusal)".replacingOccurrences(of: path, with: "")
            } catch { (outcome, message) = (.fault, "\(error)") }
            // At once: nothing is left in a buffer when the next one crashes.
            let line = "\(number)\t\(outcome)\t\(corruption.name)\t\(message.withoutControls)\n"
            try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
        }
    }

    /// A gibibyte more than now: what sizes in a file could make the reader take is far more.
    private func limitMemory() throws {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
        let now = rlim_t(pages.flatMap { Int($0) } ?? 0) * rlim_t(sysconf(Int32(_SC_PAGESIZE)))
        var limit = rlimit(rlim_cur: now + 1 << 30, rlim_max: now + 1 << 30)
        guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
            throw Diagnostic("checkpoint-faults", "memory cannot be limited")
        }
    }
}

/// What became of a damaged checkpoint.
enum Outcome: String, CaseIterable {
    case refused
    /// Sealed again, and read to the state it had.
    case same
    /// Read to another state, or in spite of its seal.
    case changed
    /// An error that is not ours.
    case fault
    case crash, hang

    var isGood: Bool { self == .refused || self == .same }
}
