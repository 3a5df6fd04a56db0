internal import CHDF5
import Diagnostics

extension HDF5File {
    /// Writes a list of texts as a vector of UTF-8 strings; in h5py, `file[path].asstr()[:]`.
    public func write(_ texts: [String], to path: String) throws {
        try write(texts, to: path, shape: [texts.count])
    }

    /// Writes one text, a configuration for example; in h5py, `file[path].asstr()[()]`.
    public func write(_ text: String, to path: String) throws {
        try write([text], to: path, shape: [])
    }

    /// Reads a list of texts, byte for byte as written.
    ///
    /// - Throws: `Diagnostic` where the dataset is missing, or holds something else than a list of UTF-8 texts.
    public func texts(_ path: String) throws -> [String] {
        try texts(path, rank: 1)
    }

    /// Reads one text.
    public func text(_ path: String) throws -> String {
        try texts(path, rank: 0).first ?? ""
    }

    private func write(_ texts: [String], to path: String, shape: [Int]) throws {
        let type = try StoredText.type(subject)
        try createDataset(path, type: type.id, shape: shape) { dataset in
            try StoredText.withPointers(texts) { pointers in
                _ = try check("write dataset '\(path)'") {
                    H5Dwrite(dataset, type.id, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), pointers)
                }
            }
        }
    }

    private func texts(_ path: String, rank: Int) throws -> [String] {
        let dataset = try openDataset(path)
        let shape = try shape(of: dataset, path)
        let found = try Handle(subject, "tell the type of dataset '\(path)'") { H5Dget_type(dataset.id) }
        guard try StoredText.isText(found, subject), shape.count == rank else {
            throw Diagnostic(
                subject, "dataset '\(path)' is not \(rank == 0 ? "a text" : "a list of texts")",
                hint: "was it written by another program?")
        }
        let count = Self.count(shape)
        guard count > 0 else { return [] }
        try checkStorage(of: dataset, path, byteCount: count * StoredText.referenceSize)
        let type = try StoredText.type(subject)
        let space = try Handle(subject, "look at dataset '\(path)'") { H5Dget_space(dataset.id) }
        return try StoredText.read(subject, "dataset '\(path)'", count: count, type: type, space: space) { pointers in
            _ = try check("read dataset '\(path)'") {
                H5Dread(dataset.id, type.id, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), pointers)
            }
        }
    }
}
