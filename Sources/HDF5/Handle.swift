internal import CHDF5

/// Owner of one libhdf5 identifier, closed when its owner goes.
///
/// The corresponding C function is `H5Idec_ref`, which closes an identifier of any kind.
struct Handle: ~Copyable {
    let id: hid_t

    /// Takes over the identifier that `call` returns.
    init(_ subject: String, _ operation: @autoclosure () -> String, _ call: () -> hid_t) throws {
        id = try HDF5Library.check(subject, operation(), call)
    }

    /// Closes the identifier where failing to do so matters.
    consuming func close(_ subject: String, _ operation: @autoclosure () -> String) throws {
        let id = id
        discard self
        _ = try HDF5Library.check(subject, operation()) { H5Idec_ref(id) }
    }

    deinit {
        // The call that needed the handle has succeeded or has thrown already.
        _ = try? HDF5Library.check("", "close a handle") { H5Idec_ref(id) }
    }
}
