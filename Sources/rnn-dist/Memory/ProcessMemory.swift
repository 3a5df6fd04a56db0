import Foundation

/// Memory of this process as the kernel counts it.
enum ProcessMemory {
    /// The largest resident size since `forgetPeak`, in bytes; nil: the kernel does not say.
    static var peak: Int? { bytes("VmHWM") }

    /// What is resident now, in bytes; nil: the kernel does not say.
    static var resident: Int? { bytes("VmRSS") }

    /// All that the process has addresses for, in bytes; nil: the kernel does not say.
    static var addressed: Int? { bytes("VmSize") }

    private static func bytes(_ name: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("\(name):") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    /// Gives back what is free, and begins anew with what is resident now; where the kernel does not allow that, the
    /// peak stays that of the process.
    static func forgetPeak() {
        // The C library's own call, which Swift's import of it leaves out.
        if let trim = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0) }
        if let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") {
            try? file.write(contentsOf: Data("5".utf8))
            try? file.close()
        }
    }
}
