internal import CMPI
import Diagnostics

/// The one gate for results of MPI calls: any code but success becomes a `Diagnostic` with MPI's own words.
///
/// - Parameter operation: What failed, as in "gathering bytes".
func mpi(_ operation: @autoclosure () -> String, _ code: Int32) throws {
    guard code != MPI_SUCCESS else { return }
    let reason = try? text(capacity: Int(MPI_MAX_ERROR_STRING)) { text, length in
        // Not through the gate again: an unknown code would never come out of it.
        if MPI_Error_string(code, text, length) != MPI_SUCCESS { length.pointee = 0 }
    }
    throw Diagnostic("MPI", "\(operation()) failed (\(reason ?? "error \(code)"))")
}

/// The text that an MPI call writes into a buffer.
func text(
    capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) throws -> Void
) throws -> String {
    var buffer = [CChar](repeating: 0, count: capacity + 1)
    var length: Int32 = 0
    try buffer.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { try fill(start, &length) }
    }
    return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
