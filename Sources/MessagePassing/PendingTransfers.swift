internal import CMPI
import Diagnostics
import Glibc

/// Messages under way between this rank and others; `finish` waits for them.
///
/// Memory lent here must stay, and what is sent must not change, until `finish` returns. Between two ranks
/// messages arrive in the order in which they were sent, so one tag is enough.
struct PendingTransfers {
    private let communicator: Communicator
    private var sends: [Message] = []
    private var receives: [Message] = []

    private struct Message {
        // The type is a pointer in one MPI library, a number in another.
        var request = MPI_REQUEST_NULL
        var peer: Int
        var byteCount: Int
    }

    init(_ communicator: Communicator) { self.communicator = communicator }

    /// Starts sending; no bytes, no message.
    ///
    /// The corresponding C function is `MPI_Isend`.
    mutating func send(_ bytes: UnsafeRawBufferPointer, to receiver: Int) throws {
        let destination = try communicator.count32(receiver)
        for piece in communicator.pieces(bytes.count) {
            let part = UnsafeRawBufferPointer(rebasing: bytes[piece])
            var message = Message(peer: receiver, byteCount: part.count)
            try mpi(
                "sending to rank \(receiver)",
                MPI_Isend(
                    part.baseAddress, communicator.count32(part.count), MPI_BYTE, destination, Self.tag, MPI_COMM_WORLD,
                    &message.request))
            sends.append(message)
            communicator.bytesSent += part.count
        }
    }

    /// Starts receiving as many bytes as the buffer holds.
    ///
    /// The corresponding C function is `MPI_Irecv`.
    mutating func receive(_ bytes: UnsafeMutableRawBufferPointer, from sender: Int) throws {
        let source = try communicator.count32(sender)
        for piece in communicator.pieces(bytes.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[piece])
            var message = Message(peer: sender, byteCount: part.count)
            try mpi(
                "receiving from rank \(sender)",
                MPI_Irecv(
                    part.baseAddress, communicator.count32(part.count), MPI_BYTE, source, Self.tag, MPI_COMM_WORLD,
                    &message.request))
            receives.append(message)
        }
    }

    /// Waits for all messages; one by one, since `MPI_Waitall` does not say what failed.
    ///
    /// - Throws: `Diagnostic` where a message failed or had another length: the ranks are out of step.
    ///
    /// The corresponding C function is `MPI_Wait`.
    mutating func finish() throws {
        for index in receives.indices {
            let (sender, expected) = (receives[index].peer, receives[index].byteCount)
            var status = MPI_Status()
            var count: Int32 = 0
            try mpi("receiving from rank \(sender)", wait(&receives[index], &status))
            try mpi("receiving from rank \(sender)", MPI_Get_count(&status, MPI_BYTE, &count))
            guard Int(count) == expected else {
                throw Diagnostic(
                    "MPI", "rank \(sender) sent \(count) bytes", expected: "\(expected)",
                    hint: "the ranks are out of step")
            }
        }
        for index in sends.indices {
            try mpi("sending to rank \(sends[index].peer)", wait(&sends[index], MPI_STATUS_IGNORE))
        }
        receives.removeAll(keepingCapacity: true)
        sends.removeAll(keepingCapacity: true)
    }

    /// The corresponding C functions are `MPI_Test`, while the thread sleeps in between, and `MPI_Wait`.
    private func wait(_ message: inout Message, _ status: UnsafeMutablePointer<MPI_Status>?) -> Int32 {
        while communicator.sleepsWhileWaiting {
            var isDone: Int32 = 0
            let result = MPI_Test(&message.request, &isDone, status)
            if result != MPI_SUCCESS || isDone != 0 { return result }
            usleep(Self.sleep)
        }
        return MPI_Wait(&message.request, status)
    }

    /// Microseconds: in them a network of 10 Gbit/s moves less than a socket's buffer.
    private static let sleep: UInt32 = 50
    private static let tag: Int32 = 1
}
