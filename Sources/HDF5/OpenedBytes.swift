internal import CHDF5

/// Bytes that libhdf5 reads in place.
///
/// Left to itself, libhdf5 copies an image twice on its way into the core driver. These callbacks answer each
/// wish for memory with the image itself and ignore each copy and release. Nothing is ever written: the file
/// is opened for reading.
final class OpenedBytes {
    private let storage: FileBytes
    private let address: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    init(_ storage: consuming FileBytes) {
        self.storage = storage
        address = .allocate(capacity: 1)
        address.initialize(to: self.storage.mutableBytes.baseAddress)
    }

    deinit { address.deallocate() }

    var bytes: UnsafeRawBufferPointer { storage.bytes }

    /// Makes files opened with this access list read these bytes.
    ///
    /// The corresponding C functions are `H5Pset_file_image_callbacks` and `H5Pset_file_image`.
    func install(in access: borrowing Handle, subject: String) throws {
        let access = access.id
        _ = try HDF5Library.check(subject, "set up a file in memory") { H5Pset_fapl_core(access, 1 << 20, false) }
        var callbacks = H5FD_file_image_callbacks_t()
        callbacks.image_malloc = { _, _, address in
            address?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self).pointee
        }
        callbacks.image_memcpy = { destination, _, _, _, _ in destination }
        callbacks.image_realloc = { _, _, _, _ in nil }
        callbacks.image_free = { _, _, _ in 0 }
        callbacks.udata_copy = { $0 }
        callbacks.udata_free = { _ in 0 }
        callbacks.udata = UnsafeMutableRawPointer(address)
        _ = try HDF5Library.check(subject, "read bytes in place") { H5Pset_file_image_callbacks(access, &callbacks) }
        _ = try HDF5Library.check(subject, "take the file's bytes") {
            H5Pset_file_image(access, storage.mutableBytes.baseAddress, storage.count)
        }
    }
}
