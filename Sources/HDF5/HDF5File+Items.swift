internal import CHDF5
import Diagnostics

/// What a path leads to.
public enum HDF5ItemKind: String, Sendable {
    case group, dataset
}

extension HDF5File {
    /// Whether a path leads to a group or a dataset.
    public func exists(_ path: String) throws -> Bool {
        try kind(of: path) != nil
    }

    /// What a path leads to; nil: nothing.
    ///
    /// - Throws: `Diagnostic` where a part of the path is a soft or external link, or a named type.
    public func kind(of path: String) throws -> HDF5ItemKind? {
        var kind = HDF5ItemKind.group
        var location = ""
        for part in Self.parts(path) {
            guard kind == .group else { return nil }
            location += "/" + part
            guard let found = try kindOfLink(location) else { return nil }
            kind = found
        }
        return kind
    }

    /// Names of the items of a group, in byte order; the empty path is the root group.
    public func children(of path: String = "") throws -> [String] {
        guard try kind(of: path) == .group else {
            throw Diagnostic(subject, "group '\(path)' is missing")
        }
        let group = try Handle(subject, "open group '\(path)'") { H5Gopen2(id, Self.located(path), hid_t(H5P_DEFAULT)) }
        var names: [String] = []
        let note: H5L_iterate_t = { _, name, _, names in
            if let name, let names {
                names.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
            }
            return 0
        }
        try withUnsafeMutablePointer(to: &names) { names in
            _ = try check("list group '\(path)'") {
                H5Literate(group.id, H5_INDEX_NAME, H5_ITER_NATIVE, nil, note, names)
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes a group and those above it; one that exists already is left alone.
    public func makeGroup(_ path: String) throws {
        guard try kind(of: path) != .group else { return }
        let link = try linkCreation()
        let creation = try Handle(subject, "set up a group") { H5Pcreate(H5P_GROUP_CREATE) }
        _ = try check("leave out times") { H5Pset_obj_track_times(creation.id, false) }
        try Self.keepLinksTogether(creation, subject)
        _ = try Handle(subject, "create group '\(path)'") {
            H5Gcreate2(id, Self.located(path), link.id, creation.id, hid_t(H5P_DEFAULT))
        }
    }

    /// Makes the groups above an item that is about to be created, one by one: groups that libhdf5 makes on
    /// its own would carry times.
    func makeGroups(above path: String) throws {
        let parts = Self.parts(path)
        precondition(!parts.isEmpty, "an item has a name")
        var parent = ""
        for part in parts.dropLast() {
            parent += "/" + part
            try makeGroup(parent)
        }
    }

    /// Has a group keep its links in its header, however many: more than eight would else go to a tree.
    static func keepLinksTogether(_ creation: borrowing Handle, _ subject: String) throws {
        let creation = creation.id
        // Else the group begins as one of the oldest kind, and loses this setting when it gets a name in UTF-8.
        _ = try HDF5Library.check(subject, "set up a group") {
            H5Pset_link_creation_order(creation, UInt32(H5P_CRT_ORDER_TRACKED))
        }
        _ = try HDF5Library.check(subject, "set up a group") { H5Pset_link_phase_change(creation, 65_535, 65_535) }
    }

    /// Names in UTF-8.
    func linkCreation() throws -> Handle {
        let link = try Handle(subject, "set up a name") { H5Pcreate(H5P_LINK_CREATE) }
        _ = try check("set up a name") { H5Pset_char_encoding(link.id, H5T_CSET_UTF8) }
        return link
    }

    /// What a link of an existing group leads to; refuses links that lead away from their own place.
    private func kindOfLink(_ location: String) throws -> HDF5ItemKind? {
        let name = location.dropFirst()
        guard try check("look for '\(name)'", { H5Lexists(id, location, hid_t(H5P_DEFAULT)) }) > 0 else { return nil }
        var type = H5L_TYPE_ERROR
        _ = try check("look at '\(name)'") { chdf5_link_type(id, location, &type) }
        guard type == H5L_TYPE_HARD else {
            throw Self.leadsElsewhere(subject, "\(name)")
        }
        let item = try Handle(subject, "open '\(name)'") { H5Oopen(id, location, hid_t(H5P_DEFAULT)) }
        switch try check("tell what '\(name)' is", { H5Iget_type(item.id).rawValue }) {
        case H5I_GROUP.rawValue: return .group
        case H5I_DATASET.rawValue: return .dataset
        default: throw Diagnostic(subject, "'\(name)' is neither a group nor a dataset")
        }
    }

    /// What to say of a link that is not one to an item of the same file.
    static func leadsElsewhere(_ subject: String, _ name: String) -> Diagnostic {
        Diagnostic(subject, "'\(name)' is a soft or external link", expected: "an item of the file itself")
    }

    static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// The path from the root, as libhdf5 wants it.
    static func located(_ path: String) -> String { "/" + parts(path).joined(separator: "/") }
}
