internal import CHDF5
import Diagnostics
import Synchronization

/// An HDF5 file in memory: built and turned into bytes, or opened from bytes.
///
/// Items are named by path (`layers/0/weight`); groups come into being with the items inside them. The same
/// sequence of writes gives the same bytes: object times are off, library version bounds fixed. Only what this
/// type writes is read: hard links and plain, contiguous, unfiltered datasets; everything that leads elsewhere
/// or unpacks to more than the file holds is refused.
///
/// An image begins with a user block of 512 zeros, room for `SealedFile`'s header.
public final class HDF5File {
    /// Bytes before the HDF5 data, free for the use of others.
    public static let userBlockSize = 512

    /// Name of the file in messages.
    public let subject: String
    private var handle: Handle?
    /// What an opened file is read from; libhdf5 uses these bytes in place.
    let source: OpenedBytes?
    /// Most bytes that a dataset of another program's file may take when unpacked; nil: the file is one of ours.
    let foreignLimit: Int?
    /// Told how much memory reading a dataset of another program's file takes, before it is read.
    let willTake: (_ bytes: Int) throws -> Void

    private init(subject: String, handle: consuming Handle, source: OpenedBytes?) {
        self.subject = subject
        self.handle = consume handle
        self.source = source
        foreignLimit = nil
        willTake = { _ in }
    }

    /// An empty file to be filled.
    ///
    /// - Parameter subject: Name of the file in messages.
    public static func inMemory(_ subject: String) throws -> HDF5File {
        let access = try accessList(subject)
        // Without backing store nothing is written to disk; the memory grows 16 MiB at a time.
        _ = try HDF5Library.check(subject, "set up a file in memory") { H5Pset_fapl_core(access.id, 16 << 20, false) }
        let creation = try Handle(subject, "set up a file in memory") { H5Pcreate(H5P_FILE_CREATE) }
        _ = try HDF5Library.check(subject, "leave out times") { H5Pset_obj_track_times(creation.id, false) }
        try keepLinksTogether(creation, subject)
        let handle = try Handle(subject, "create a file in memory") {
            H5Fcreate(uniqueName(), H5F_ACC_TRUNC, creation.id, access.id)
        }
        return HDF5File(subject: subject, handle: handle, source: nil)
    }

    /// Opens a file from its bytes, with or without a user block, for reading.
    ///
    /// libhdf5 can crash or hang on damaged bytes: it sees them only after `PlainStructure` has found them to be what
    /// this type writes.
    public init(image: consuming FileBytes, subject: String) throws {
        try PlainStructure.check(image.bytes, subject: subject)
        let source = OpenedBytes(image)
        let access = try Self.accessList(subject)
        try source.install(in: access, subject: subject)
        self.subject = subject
        self.source = source
        foreignLimit = nil
        willTake = { _ in }
        handle = try Handle(subject, "open the file") { H5Fopen(Self.uniqueName(), H5F_ACC_RDONLY, access.id) }
    }

    /// Opens a file of another program for reading, chunked and compressed datasets included.
    ///
    /// libhdf5 can crash or hang on it: only for a process of its own (`ForeignFile`).
    ///
    /// - Parameters:
    ///   - byteLimit: Most bytes that a dataset may take when unpacked.
    ///   - willTake: Told how much memory reading a dataset takes, before it is read.
    init(foreign path: String, byteLimit: Int, willTake: @escaping (_ bytes: Int) throws -> Void) throws {
        guard try HDF5Library.check(path, "look at the file", { H5Fis_hdf5(path) }) > 0 else {
            throw Diagnostic(path, "is not an HDF5 file")
        }
        subject = path
        source = nil
        foreignLimit = byteLimit
        self.willTake = willTake
        handle = try Handle(path, "open the file") { H5Fopen(path, H5F_ACC_RDONLY, hid_t(H5P_DEFAULT)) }
    }

    /// Opens a file from a copy of its bytes.
    public convenience init(image: [UInt8], subject: String) throws {
        try self.init(image: FileBytes(copying: image, for: subject), subject: subject)
    }

    private static let filesSoFar = Atomic<Int>(0)

    /// A name for libhdf5, which takes two files in memory of one name for the same file.
    private static func uniqueName() -> String {
        "memory-\(filesSoFar.add(1, ordering: .relaxed).oldValue)"
    }

    private static func accessList(_ subject: String) throws -> Handle {
        let access = try Handle(subject, "set up file access") { H5Pcreate(H5P_FILE_ACCESS) }
        // The first format, read by every library. The later ones have a checksum in their superblock that
        // H5Fget_file_image of 1.10.8 leaves wrong: it clears the "open for writing" mark afterwards.
        _ = try HDF5Library.check(subject, "fix the format version") {
            H5Pset_libver_bounds(access.id, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18)
        }
        _ = try HDF5Library.check(subject, "set up file access") { H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) }
        return access
    }

    /// The file's identifier; using a closed file is a programmer's error.
    var id: hid_t {
        switch handle {
        case .some(let handle): return handle.id
        case .none: preconditionFailure("\(subject) is used after close()")
        }
    }

    /// Bytes the image holds: no item of an opened file can be larger.
    var byteLimit: Int { foreignLimit ?? source?.bytes.count ?? Int.max }

    /// The file as bytes, user block first: one copy, into memory the caller owns.
    ///
    /// The user block is put before the file as the `h5jam` tool does it: libhdf5 looks for the beginning of
    /// the file at 512, too, and takes addresses from there (`H5Fget_file_image` of 1.10.8 loses a user block
    /// of libhdf5's own making).
    ///
    /// The corresponding C function is `H5Fget_file_image`.
    public func image() throws -> FileBytes {
        _ = try check("flush the file") { H5Fflush(id, H5F_SCOPE_GLOBAL) }
        let count = try check("tell the file's size") { H5Fget_file_image(id, nil, 0) }
        let bytes = try FileBytes(count: Self.userBlockSize + count, for: subject)
        bytes.mutableBytes.copyBytes(from: repeatElement(0, count: Self.userBlockSize))
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes.mutableBytes[Self.userBlockSize...])
        _ = try check("copy the file") { H5Fget_file_image(id, rest.baseAddress, count) }
        return bytes
    }

    /// Frees the file; closing twice does nothing.
    public func close() throws {
        guard let handle = handle.take() else { return }
        try handle.close(subject, "close the file")
    }

    /// Version of libhdf5 in use, as in "1.10.8".
    public static func libraryVersion() throws -> String { try HDF5Library.version() }

    func check<Status: SignedInteger>(_ operation: @autoclosure () -> String, _ call: () -> Status) throws -> Status {
        try HDF5Library.check(subject, operation(), call)
    }
}
