internal import CHDF5
import Diagnostics
import Synchronization

/// The one gate through which libhdf5 is called: one call at a time, every failure a `Diagnostic`.
package enum HDF5Library {
    /// libhdf5 may be built without thread safety, and its error stack belongs to the call before it.
    private static let gate = Mutex<Bool>(false)

    /// Calls libhdf5 and turns a negative result into a `Diagnostic` with libhdf5's own reasons.
    ///
    /// - Parameters:
    ///   - subject: The file, for the message.
    ///   - operation: What could not be done, as in "create dataset 'output/weight'".
    static func check<Status: SignedInteger>(
        _ subject: String, _ operation: @autoclosure () -> String, _ call: () -> Status
    ) throws -> Status {
        let (status, reasons) = gate.withLock { isPrepared -> (Status, [String]) in
            if !isPrepared {
                H5open()
                // No code of others is loaded while a file is read.
                H5PLset_loading_state(0)
                isPrepared = true
            }
            // Printing to standard error is a setting of each thread.
            H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
            let status = call()
            return (status, status < 0 ? drainErrorStack() : [])
        }
        guard status < 0 else { return status }
        let reason = reasons.isEmpty ? "no reason given" : reasons.joined(separator: ": ")
        throw Diagnostic(subject, "HDF5 could not \(operation()) (\(reason))")
    }

    /// The error stack's descriptions, the outermost call first.
    private static func drainErrorStack() -> [String] {
        var reasons: [String] = []
        withUnsafeMutablePointer(to: &reasons) { reasons in
            let note: H5E_walk2_t = { _, error, reasons in
                if let error, let text = error.pointee.desc, let reasons {
                    reasons.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
                }
                return 0
            }
            H5Ewalk2(hid_t(H5E_DEFAULT), H5E_WALK_DOWNWARD, note, reasons)
        }
        H5Eclear2(hid_t(H5E_DEFAULT))
        return reasons
    }

    /// Version of the library in use, as in "1.10.8".
    package static func version() throws -> String {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        _ = try check("HDF5", "tell its version") { H5get_libversion(&major, &minor, &release) }
        return "\(major).\(minor).\(release)"
    }
}
