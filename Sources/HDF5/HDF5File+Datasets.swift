internal import CHDF5
import Diagnostics

/// Datasets of any type: made, opened, checked.
extension HDF5File {
    /// Shape of a dataset; a single value has the shape `[]`.
    public func shape(of path: String) throws -> [Int] {
        try shape(of: openDataset(path), path)
    }

    /// Creates a dataset and hands its identifier to `fill`.
    func createDataset(_ path: String, type: hid_t, shape: [Int], fill: (hid_t) throws -> Void) throws {
        if try exists(path) { throw Diagnostic(subject, "dataset '\(path)' exists already", expected: "a new name") }
        try makeGroups(above: path)
        let link = try linkCreation()
        let creation = try Handle(subject, "set up dataset '\(path)'") { H5Pcreate(H5P_DATASET_CREATE) }
        _ = try check("leave out times") { H5Pset_obj_track_times(creation.id, false) }
        let space = try Self.space(shape, subject)
        let dataset = try Handle(subject, "create dataset '\(path)'") {
            H5Dcreate2(id, Self.located(path), type, space.id, link.id, creation.id, hid_t(H5P_DEFAULT))
        }
        if Self.count(shape) > 0 { try fill(dataset.id) }
    }

    /// Opens a dataset that holds its values itself; one of ours does so in one piece.
    func openDataset(_ path: String) throws -> Handle {
        guard let kind = try kind(of: path) else { throw Diagnostic(subject, "dataset '\(path)' is missing") }
        guard kind == .dataset else { throw Diagnostic(subject, "'\(path)' is a group", expected: "a dataset") }
        let dataset = try Handle(subject, "open dataset '\(path)'") {
            H5Dopen2(id, Self.located(path), hid_t(H5P_DEFAULT))
        }
        if foreignLimit != nil { try checkForeign(dataset, path) }
        return dataset
    }

    func shape(of dataset: borrowing Handle, _ path: String) throws -> [Int] {
        let dataset = dataset.id
        let space = try Handle(subject, "look at dataset '\(path)'") { H5Dget_space(dataset) }
        return try shape(ofSpace: space, "dataset '\(path)'")
    }

    func shape(ofSpace space: borrowing Handle, _ item: String) throws -> [Int] {
        let space = space.id
        let extent = try check("tell the shape of \(item)") { H5Sget_simple_extent_type(space).rawValue }
        guard extent != H5S_NULL.rawValue else { throw Diagnostic(subject, "\(item) holds nothing") }
        let rank = try check("tell the shape of \(item)") { H5Sget_simple_extent_ndims(space) }
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        _ = try check("tell the shape of \(item)") { H5Sget_simple_extent_dims(space, &extents, nil) }
        // The product is bounded by the file's size before memory is taken for the values.
        var remaining = byteLimit
        for extent in extents where extent > 0 {
            guard extent <= hsize_t(remaining) else {
                let text = extents.map { "\($0)" }.joined(separator: ", ")
                guard foreignLimit == nil else { throw foreignExcess("\(item) has shape [\(text)]") }
                throw Diagnostic(
                    subject, "\(item) has shape [\(text)]", expected: "at most the file's \(byteLimit) bytes")
            }
            remaining /= Int(extent)
        }
        return extents.map(Int.init)
    }

    /// Refuses a dataset that claims more values than the file holds bytes for.
    func checkStorage(of dataset: borrowing Handle, _ path: String, byteCount: Int) throws {
        guard source != nil else { return }
        let id = dataset.id
        let stored = try check("tell the size of dataset '\(path)'") { Int64(bitPattern: H5Dget_storage_size(id)) }
        guard stored == byteCount, byteCount <= byteLimit else {
            throw Diagnostic(
                subject, "dataset '\(path)' stores \(stored) bytes in a file of \(byteLimit)", expected: "\(byteCount)")
        }
    }

    func checkShape(_ found: [Int], _ expected: [Int], _ path: String) throws {
        guard found == expected else {
            throw Diagnostic(
                subject, "dataset '\(path)' has shape \(found)", expected: "\(expected)",
                hint: "was it saved with another size?")
        }
    }

    /// Number of values of a shape.
    static func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }

    static func space(_ shape: [Int], _ subject: String) throws -> Handle {
        precondition(shape.allSatisfy { $0 >= 0 }, "a shape has no negative extent")
        let extents = shape.map { hsize_t($0) }
        return try Handle(subject, "set up a shape") {
            shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extents, nil)
        }
    }
}
