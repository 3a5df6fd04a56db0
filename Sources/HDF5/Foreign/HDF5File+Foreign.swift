internal import CHDF5
import Diagnostics

/// Datasets of other programs: numbers and truth values of any type, texts of any length, chunked and compressed.
extension HDF5File {
    /// Names of the datasets there are, in byte order, for messages and for whoever asks for all.
    func datasetNames(most: Int = 20) throws -> [String] {
        var names: [String] = []
        // Groups can be linked in circles.
        func add(_ group: String, depth: Int) throws {
            for child in try children(of: group) where names.count < most {
                let path = group.isEmpty ? child : "\(group)/\(child)"
                switch try? kind(of: path) {
                case .dataset: names.append(path)
                case .group where depth < 8: try add(path, depth: depth + 1)
                default: break
                }
            }
        }
        try add("", depth: 0)
        return names
    }

    /// Numbers converted to the type asked for.
    ///
    /// - Throws: `Diagnostic` where a dataset does not hold such numbers.
    func converted<Number: HDF5Number>(_ path: String, to: Number.Type) throws -> (shape: [Int], values: [Number]) {
        let dataset = try openForeign(path)
        let found = try kindOfValues(dataset, path), isInteger = Number.hdf5Kind == .int64
        guard found == .integers || found == .floats && !isInteger else {
            throw Diagnostic(
                subject, "dataset '\(path)' holds \(found.rawValue)", expected: isInteger ? "integers" : "numbers")
        }
        let shape = try self.shape(of: dataset, path), count = Self.count(shape)
        let id = dataset.id
        try makeRoom(path, shape, bytesEach: max(Number.hdf5Kind.byteCount, bytesEach(id, path)))
        let values = try [Number](unsafeUninitializedCapacity: count) { values, filled in
            if count > 0 {
                _ = try check("read dataset '\(path)'") {
                    H5Dread(id, Number.hdf5Kind.memoryType, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), values.baseAddress)
                }
            }
            filled = count
        }
        return (shape, values)
    }

    /// Texts of any length or of a fixed one, which blanks or zeros fill up.
    func foreignTexts(_ path: String) throws -> (shape: [Int], texts: [[UInt8]]) {
        let dataset = try openForeign(path)
        let found = try kindOfValues(dataset, path)
        guard found == .texts else {
            throw Diagnostic(subject, "dataset '\(path)' holds \(found.rawValue)", expected: "texts")
        }
        let shape = try self.shape(of: dataset, path), count = Self.count(shape)
        let id = dataset.id
        // The file's own type: libhdf5 does not convert between ASCII and UTF-8.
        let type = try Handle(subject, "tell the type of dataset '\(path)'") { H5Dget_type(id) }
        // A text of any length is a pointer here; its bytes are no more than the file's.
        let size = try bytesEach(id, path)
        try makeRoom(path, shape, bytesEach: size, headerEach: 64)
        func read(into memory: UnsafeMutableRawPointer) throws {
            let typeNumber = type.id
            _ = try check("read dataset '\(path)'") {
                H5Dread(id, typeNumber, H5S_ALL, H5S_ALL, hid_t(H5P_DEFAULT), memory)
            }
        }
        if count == 0 { return (shape, []) }
        if try StoredText.isText(type, subject) {
            let space = try Handle(subject, "look at dataset '\(path)'") { H5Dget_space(id) }
            let texts = try StoredText.read(subject, "dataset '\(path)'", count: count, type: type, space: space, read)
            return (shape, texts.map { Array($0.utf8) })
        }
        let typeNumber = type.id
        let padding = try check("tell the type of dataset '\(path)'") { H5Tget_strpad(typeNumber).rawValue }
        let bytes = try FileBytes(count: count * size, for: subject)
        if let memory = bytes.mutableBytes.baseAddress { try read(into: memory) }
        let texts = try (0..<count).map { index in
            var text = Array(bytes.bytes[index * size..<(index + 1) * size].prefix { $0 != 0 })
            if padding == H5T_STR_SPACEPAD.rawValue { while text.last == UInt8(ascii: " ") { text.removeLast() } }
            guard String(validating: text, as: UTF8.self) != nil else {
                throw Diagnostic(subject, "dataset '\(path)' holds bytes that are not UTF-8 at position \(index)")
            }
            return text
        }
        return (shape, texts)
    }

    /// Bytes of a value as the file has it.
    private func bytesEach(_ dataset: hid_t, _ path: String) throws -> Int {
        let type = try Handle(subject, "tell the type of dataset '\(path)'") { H5Dget_type(dataset) }
        return try check("tell the type of dataset '\(path)'") {
            H5Tget_size(type.id) == 0 ? -1 : Int(H5Tget_size(type.id))
        }
    }

    /// What to say of a dataset that takes more memory than there may be.
    func foreignExcess(_ found: String) -> Diagnostic {
        Diagnostic(
            subject, found, expected: "at most \(byteLimit >> 20) MiB, half of this machine's memory",
            hint: "make a dataset of fewer rows, or of smaller numbers, or take a machine with more memory")
    }

    /// Refuses a dataset that takes more memory than there may be, and has room made for any other.
    ///
    /// A chunk is unpacked and converted in buffers of its own, and may hold the whole dataset: all in all four times
    /// the values; a text has a header here.
    private func makeRoom(_ path: String, _ shape: [Int], bytesEach: Int, headerEach: Int = 0) throws {
        let count = Self.count(shape)
        guard count <= byteLimit / bytesEach else {
            let found = (Double(count) * Double(bytesEach) / 1_048_576).rounded(.up)
            throw foreignExcess("dataset '\(path)' has shape \(shape), \(Int(found)) MiB when unpacked")
        }
        try willTake(4 * count * (bytesEach + headerEach))
    }

    private func openForeign(_ path: String) throws -> Handle {
        if try kind(of: path) == nil {
            let names = try datasetNames()
            throw Diagnostic(
                subject, "dataset '\(path)' is missing",
                expected: names.isEmpty ? "a file with datasets" : "one of: \(names.joined(separator: ", "))")
        }
        return try openDataset(path)
    }

    private enum ValueKind: String {
        case integers
        case floats = "floating-point numbers"
        case texts
        case others = "neither numbers nor texts"
    }

    private func kindOfValues(_ dataset: borrowing Handle, _ path: String) throws -> ValueKind {
        let dataset = dataset.id
        let type = try Handle(subject, "tell the type of dataset '\(path)'") { H5Dget_type(dataset) }
        return switch try check("tell the type of dataset '\(path)'", { H5Tget_class(type.id).rawValue }) {
        // Truth values, as h5py writes them, are an enumeration of FALSE and TRUE.
        case H5T_INTEGER.rawValue, H5T_ENUM.rawValue: .integers
        case H5T_FLOAT.rawValue: .floats
        case H5T_STRING.rawValue: .texts
        default: .others
        }
    }

    /// Number and name of a filter that a dataset's chunks went through.
    private func filter(
        _ number: Int32, of creation: borrowing Handle, _ operation: String
    ) throws -> (id: Int32, name: String) {
        let creation = creation.id
        var name = [CChar](repeating: 0, count: 65), flags: UInt32 = 0, values = 0
        let id = try check(operation) {
            H5Pget_filter2(creation, UInt32(number), &flags, &values, nil, name.count - 1, &name, nil)
        }
        return (id, String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Refuses datasets whose values lie in other files, or are to be unpacked by code that libhdf5 would load.
    func checkForeign(_ dataset: borrowing Handle, _ path: String) throws {
        let dataset = dataset.id, look = "look at dataset '\(path)'"
        let creation = try Handle(subject, look) { H5Dget_create_plist(dataset) }
        let layout = try check(look) { H5Pget_layout(creation.id).rawValue }
        let count = try check(look) { H5Pget_nfilters(creation.id) }
        let externals = try check(look) { H5Pget_external_count(creation.id) }
        let filters = try (0..<count).map { try filter($0, of: creation, look) }
        let isInside = externals == 0 && layout != H5D_VIRTUAL.rawValue
        guard isInside else {
            throw Diagnostic(
                subject, "dataset '\(path)' is virtual or stored in another file", expected: "values in this file")
        }
        let ours = [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32]
        if let filter = filters.first(where: { !ours.contains($0.id) }) {
            throw Diagnostic(
                subject, "dataset '\(path)' is packed with filter \(filter.id) (\(filter.name))",
                expected: "gzip, or no compression")
        }
    }
}
