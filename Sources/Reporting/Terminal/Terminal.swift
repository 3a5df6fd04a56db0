import Foundation

/// What a stream is connected to.
public enum Terminal {
    /// Whether lines written to this file descriptor can be rewritten in place: a terminal that is not `dumb`.
    public static func isInteractive(descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
            && (launcherColumns.map { $0 > 0 } ?? true)
    }

    /// Columns of the terminal, 80 where it does not say.
    ///
    /// The corresponding C function is `ioctl` with `TIOCGWINSZ`.
    public static func columns(descriptor: Int32) -> Int {
        if let columns = launcherColumns { return columns > 0 ? columns : 80 }
        return isatty(descriptor) == 1 ? ownColumns(descriptor) : 80
    }

    /// Columns of the terminal mpirun writes to, 0 where it is none; nil: no mpirun.
    private static var launcherColumns: Int? {
        guard let path = Launcher.outputPath else { return nil }
        // A pipe would wait for its other end; a terminal must not become this process's own.
        let file = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        return isatty(file) == 1 ? ownColumns(file) : 0
    }

    private static func ownColumns(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of `text` at once, so that lines of several ranks do not mix.
    ///
    /// What cannot be written (a closed pipe) is lost: a display must not end a training run.
    public static func write(_ text: String, descriptor: Int32) {
        write(bytes: Array(text.utf8), descriptor: descriptor)
    }

    /// Writes bytes as they are.
    public static func write(bytes: [UInt8], descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
