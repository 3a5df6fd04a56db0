internal import CHDF5
import Diagnostics

extension HDF5File {
    /// Attaches a value to a group or dataset; the empty path is the root group.
    ///
    /// An attribute holds 64 KiB at most, some 4,000 texts or 8,000 numbers: longer lists are datasets.
    ///
    /// - Throws: `Diagnostic` where the item is missing or has an attribute of that name.
    ///
    /// The corresponding C functions are `H5Acreate2` and `H5Awrite`.
    public func setAttribute(_ name: String, of path: String, to value: some HDF5AttributeValue) throws {
        let item = try openItem(path)
        switch value.hdf5Attribute {
        case .text(let text): try attach([text], [], name, to: item, path)
        case .texts(let texts): try attach(texts, [texts.count], name, to: item, path)
        case .integer(let integer): try attach([Int64(integer)], [], name, to: item, path)
        case .integers(let integers): try attach(integers.map(Int64.init), [integers.count], name, to: item, path)
        case .double(let double): try attach([double], [], name, to: item, path)
        case .doubles(let doubles): try attach(doubles, [doubles.count], name, to: item, path)
        }
    }

    /// Reads an attached value.
    ///
    /// - Throws: `Diagnostic` where item or attribute are missing or the value is of another type.
    public func attribute<Value: HDF5AttributeValue>(
        _ name: String, of path: String, as: Value.Type = Value.self
    ) throws -> Value {
        let found = try attributeContent(name, of: path)
        guard let value = Value(found) else {
            throw Diagnostic(subject, "attribute '\(name)' of '\(path)' is \(found.name)", expected: Value.hdf5Name)
        }
        return value
    }

    /// Whether an item has an attribute of that name.
    public func hasAttribute(_ name: String, of path: String) throws -> Bool {
        let item = try openItem(path)
        return try check("look for attribute '\(name)' of '\(path)'") { H5Aexists(item.id, name) } > 0
    }

    private func openItem(_ path: String) throws -> Handle {
        guard try exists(path) else { throw Diagnostic(subject, "'\(path)' is missing") }
        return try Handle(subject, "open '\(path)'") { H5Oopen(id, Self.located(path), hid_t(H5P_DEFAULT)) }
    }

    private func attach<Number: HDF5Number>(
        _ values: [Number], _ shape: [Int], _ name: String, to item: borrowing Handle, _ path: String
    ) throws {
        try attach(type: Number.hdf5Kind.fileType, shape, name, to: item, path) { attribute in
            H5Awrite(attribute, Number.hdf5Kind.memoryType, values)
        }
    }

    private func attach(
        _ texts: [String], _ shape: [Int], _ name: String, to item: borrowing Handle, _ path: String
    ) throws {
        let type = try StoredText.type(subject)
        try attach(type: type.id, shape, name, to: item, path) { attribute in
            StoredText.withPointers(texts) { H5Awrite(attribute, type.id, $0) }
        }
    }

    private func attach(
        type: hid_t, _ shape: [Int], _ name: String, to item: borrowing Handle, _ path: String, write: (hid_t) -> herr_t
    ) throws {
        let item = item.id
        let space = try Self.space(shape, subject)
        let attribute = try Handle(subject, "create attribute '\(name)' of '\(path)'") {
            H5Acreate2(item, name, type, space.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
        }
        if Self.count(shape) > 0 {
            _ = try check("write attribute '\(name)' of '\(path)'") { write(attribute.id) }
        }
    }

    private func attributeContent(_ name: String, of path: String) throws -> HDF5Attribute {
        let item = try openItem(path)
        let label = "attribute '\(name)' of '\(path)'"
        guard try check("look for \(label)", { H5Aexists(item.id, name) }) > 0 else {
            throw Diagnostic(subject, "\(label) is missing")
        }
        let attribute = try Handle(subject, "open \(label)") { H5Aopen(item.id, name, hid_t(H5P_DEFAULT)) }
        let type = try Handle(subject, "tell the type of \(label)") { H5Aget_type(attribute.id) }
        let space = try Handle(subject, "look at \(label)") { H5Aget_space(attribute.id) }
        let shape = try shape(ofSpace: space, label)
        guard shape.count <= 1 else {
            throw Diagnostic(subject, "\(label) has shape \(shape)", expected: "a value or a list")
        }
        let count = Self.count(shape)
        if try StoredText.isText(type, subject) {
            let memoryType = try StoredText.type(subject)
            let texts = count == 0 ? [] : try StoredText.read(
                subject, label, count: count, type: memoryType, space: space
            ) { pointers in
                _ = try check("read \(label)") { H5Aread(attribute.id, memoryType.id, pointers) }
            }
            return if shape.isEmpty { .text(texts.first ?? "") } else { .texts(texts) }
        }
        switch try numberKind(ofType: type, label) {
        case .int64:
            let values = try numbers(attribute, count, label, Int64.self).map(Int.init)
            return shape.isEmpty ? .integer(values[0]) : .integers(values)
        case .float64:
            let values = try numbers(attribute, count, label, Double.self)
            return shape.isEmpty ? .double(values[0]) : .doubles(values)
        default:
            throw Diagnostic(
                subject, "\(label) is of a type that is not read", expected: "texts, 64-bit integers or floats")
        }
    }

    private func numbers<Number: HDF5Number & ExpressibleByIntegerLiteral>(
        _ attribute: borrowing Handle, _ count: Int, _ label: String, _: Number.Type
    ) throws -> [Number] {
        guard count > 0 else { return [] }
        let attribute = attribute.id
        var values = [Number](repeating: 0, count: count)
        _ = try check("read \(label)") { H5Aread(attribute, Number.hdf5Kind.memoryType, &values) }
        return values
    }
}
