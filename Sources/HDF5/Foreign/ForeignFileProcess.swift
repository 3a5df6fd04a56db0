import Diagnostics
import Foundation

/// The process that reads a file of another program: it may crash or hang without harm to the one that asked.
public enum ForeignFileProcess {
    /// Reads datasets and writes them to standard output.
    ///
    /// - Parameter words: Seconds, bytes, the file, then `KIND:NAME` for each dataset, as `ForeignFile` gives them.
    /// - Returns: The exit status.
    public static func run(_ words: [String]) -> Int32 {
        let output = POSIXFile(descriptor: 1)
        do {
            guard words.count > 3, let seconds = UInt(words[0]), let bytes = UInt(words[1]) else {
                throw Diagnostic("read-hdf5", "is for the program's own use", category: .usage)
            }
            try closeOtherFiles()
            try limit([(RLIMIT_CPU, seconds), (RLIMIT_CORE, 0), (RLIMIT_FSIZE, 0)])
            try write(words[2], words.dropFirst(3), byteLimit: Int(bytes), to: output)
        } catch {
            do { try ForeignMessage.write(error, to: output) } catch { return 1 }
        }
        return 0
    }

    private static func write(
        _ path: String, _ wanted: ArraySlice<String>, byteLimit: Int, to output: borrowing POSIXFile
    ) throws {
        let start = try ownAddressSpace(), fileSize = try POSIXFile(
            path, O_RDONLY | O_NONBLOCK, subject: path, POSIXFile.unread
        ).regularSize(subject: path, expected: "an HDF5 file")
        // Beside the values: what libhdf5 keeps of the file, and texts, which lie unpacked in it.
        func makeRoom(_ bytes: Int) throws {
            try limit([(RLIMIT_AS, start + UInt(256 << 20 + 16 * fileSize + bytes))])
        }
        try makeRoom(0)
        let file = try HDF5File(foreign: path, byteLimit: byteLimit, willTake: makeRoom)
        for word in wanted {
            let name = String(word.dropFirst(2))
            switch word.prefix(1) {
            case "1":
                let (shape, values) = try file.converted(name, to: Float.self)
                try values.withUnsafeBytes { try ForeignMessage.write(.floats, shape, $0, to: output) }
            case "2":
                let (shape, values) = try file.converted(name, to: Int64.self)
                try values.withUnsafeBytes { try ForeignMessage.write(.integers, shape, $0, to: output) }
            case "4":
                let names = try file.datasetNames(most: 10_000).map { Array($0.utf8) }
                try ForeignMessage.write(names, [names.count], as: .names, to: output)
            default:
                let (shape, texts) = try file.foreignTexts(name)
                try ForeignMessage.write(texts, shape, to: output)
            }
        }
    }

    /// What the asking process had open, connections of MPI among them, is none of this one's.
    private static func closeOtherFiles() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let number = Int32(name), number > 2 { close(number) }
        }
    }

    /// Bytes of addresses that are in use.
    private static func ownAddressSpace() throws -> UInt {
        let sizes = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (sizes.split(separator: " ").first.flatMap { UInt($0) } ?? 0) * UInt(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Sets limits that this process may change again, within those it was started under.
    private static func limit(_ limits: [(resource: __rlimit_resource, value: UInt)]) throws {
        for (resource, value) in limits {
            var own = rlimit()
            getrlimit(__rlimit_resource_t(resource.rawValue), &own)
            own.rlim_cur = min(value, own.rlim_max)
            guard setrlimit(__rlimit_resource_t(resource.rawValue), &own) == 0 else {
                throw POSIXFile.failure(errno, "read-hdf5", "cannot limit itself")
            }
        }
    }
}
