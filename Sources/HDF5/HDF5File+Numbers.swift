internal import CHDF5
import Diagnostics

extension HDF5File {
    /// Writes a dataset straight from the caller's memory.
    ///
    /// - Parameters:
    ///   - values: As many as the shape holds, last index fastest.
    ///   - path: A new name; the groups above it are made on demand.
    /// - Throws: `Diagnostic` where the name exists or libhdf5 fails.
    ///
    /// The corresponding C functions are `H5Dcreate2` and `H5Dwrite`.
    public func write<Number: HDF5Number>(
        _ values: UnsafeBufferPointer<Number>, to path: String, shape: [Int]
    ) throws {
        precondition(values.count == Self.count(shape), "dataset '\(path)' of shape \(shape) takes as many values")
        let kind = Number.hdf5Kind
        try createDataset(path, type: kind.fileType, shape: shape) { dataset in
            _ = try check("write dataset '\(path)'") {
                H5Dwrite(dataset, kind.memoryType, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), values.baseAddress)
            }
        }
    }

    /// Writes an array; without a shape, as a vector.
    public func write<Number: HDF5Number>(_ values: [Number], to path: String, shape: [Int]? = nil) throws {
        try values.withUnsafeBufferPointer { try write($0, to: path, shape: shape ?? [values.count]) }
    }

    /// Reads a dataset straight into the caller's memory.
    ///
    /// - Throws: `Diagnostic` where the dataset is missing or has another type or shape; the memory is then untouched.
    ///
    /// The corresponding C function is `H5Dread`.
    public func read<Number: HDF5Number>(
        _ path: String, into values: UnsafeMutableBufferPointer<Number>, shape: [Int]
    ) throws {
        precondition(values.count == Self.count(shape), "dataset '\(path)' of shape \(shape) gives as many values")
        let dataset = try openDataset(path)
        try checkShape(self.shape(of: dataset, path), shape, path)
        try read(dataset, path, into: values)
    }

    /// Reads a dataset of a known shape.
    public func read<Number: HDF5Number>(_ path: String, as: Number.Type = Number.self, shape: [Int]) throws -> [Number]
    {
        // The dataset's shape is compared before memory of the expected one is taken.
        try checkShape(self.shape(of: path), shape, path)
        return try [Number](unsafeUninitializedCapacity: Self.count(shape)) { values, count in
            let whole = UnsafeMutableBufferPointer(rebasing: values[..<Self.count(shape)])
            try read(path, into: whole, shape: shape)
            count = whole.count
        }
    }

    /// Reads a dataset of any shape (`shape(of:)` tells which), last index fastest.
    public func read<Number: HDF5Number>(_ path: String, as: Number.Type = Number.self) throws -> [Number] {
        try read(path, as: Number.self, shape: shape(of: path))
    }

    /// Type of the numbers of a dataset; nil for texts and types of others.
    public func numberKind(of path: String) throws -> HDF5NumberKind? {
        try numberKind(of: openDataset(path), path)
    }

    private func numberKind(of dataset: borrowing Handle, _ path: String) throws -> HDF5NumberKind? {
        let dataset = dataset.id
        let type = try Handle(subject, "tell the type of dataset '\(path)'") { H5Dget_type(dataset) }
        return try numberKind(ofType: type, "dataset '\(path)'")
    }

    func numberKind(ofType type: borrowing Handle, _ item: String) throws -> HDF5NumberKind? {
        let type = type.id
        return try HDF5NumberKind.allCases.first { kind in
            try check("tell the type of \(item)") { H5Tequal(type, kind.fileType) } > 0
        }
    }

    private func read<Number: HDF5Number>(
        _ dataset: borrowing Handle, _ path: String, into values: UnsafeMutableBufferPointer<Number>
    ) throws {
        let kind = Number.hdf5Kind
        let found = try numberKind(of: dataset, path)
        guard found == kind else {
            throw Diagnostic(
                subject, "dataset '\(path)' holds \(found?.rawValue ?? "no numbers of a known type")",
                expected: kind.rawValue)
        }
        guard !values.isEmpty else { return }
        try checkStorage(of: dataset, path, byteCount: values.count * kind.byteCount)
        let id = dataset.id
        _ = try check("read dataset '\(path)'") {
            H5Dread(id, kind.memoryType, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), values.baseAddress)
        }
    }
}
