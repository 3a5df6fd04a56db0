import CHDF5
import Diagnostics
import HDF5
import XCTest

/// Files that libhdf5 reads but that lead out of themselves or unpack to more than they hold.
final class ForeignFileTests: XCTestCase {
    private let none = hid_t(H5P_DEFAULT)

    /// The image of a file made with libhdf5 directly; names are UTF-8, as ours are.
    private func image(_ fill: (_ file: hid_t, _ names: hid_t) -> Void) -> [UInt8] {
        let access = H5Pcreate(H5P_FILE_ACCESS), names = H5Pcreate(H5P_LINK_CREATE)
        let creation = H5Pcreate(H5P_FILE_CREATE)
        defer { for list in [access, names, creation] { H5Pclose(list) } }
        H5Pset_fapl_core(access, 1 << 16, false)
        H5Pset_char_encoding(names, H5T_CSET_UTF8)
        H5Pset_obj_track_times(creation, false)
        let file = H5Fcreate("foreign-\(UUID())", H5F_ACC_TRUNC, creation, access)
        defer { H5Fclose(file) }
        fill(file, names)
        H5Fflush(file, H5F_SCOPE_GLOBAL)
        var image = [UInt8](repeating: 0, count: H5Fget_file_image(file, nil, 0))
        XCTAssertEqual(H5Fget_file_image(file, &image, image.count), image.count)
        return image
    }

    private func dataset(
        _ file: hid_t, _ name: String, _ names: hid_t, extent: UInt64 = 4, type: hid_t = H5T_IEEE_F32LE,
        write: Bool = false, _ setUp: (hid_t) -> Void = { _ in }
    ) {
        var extents = [hsize_t(extent)]
        let space = H5Screate_simple(1, &extents, nil)
        let creation = H5Pcreate(H5P_DATASET_CREATE)
        H5Pset_obj_track_times(creation, false)
        setUp(creation)
        let dataset = H5Dcreate2(file, name, type, space, names, creation, none)
        XCTAssertGreaterThan(dataset, 0, name)
        if write { H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, none, [UInt64](repeating: 7, count: Int(extent) * 2)) }
        H5Dclose(dataset)
        H5Pclose(creation)
        H5Sclose(space)
    }

    private func opening(_ fill: (_ file: hid_t, _ names: hid_t) -> Void) -> String {
        message { _ = try HDF5File(image: image(fill), subject: "model.h5") }
    }

    func testWhatIsMadeAsOursIsRead() throws {
        let file = try HDF5File(
            image: image { file, names in dataset(file, "weight", names, write: true) }, subject: "model.h5")
        XCTAssertEqual(try file.read("weight", as: Float.self).count, 4)
    }

    func testLinksThatLeadElsewhereAreRefused() {
        XCTAssertEqual(
            opening { file, names in
                dataset(file, "weight", names)
                H5Lcreate_soft("/weight", file, "soft", names, none)
            }, "model.h5: 'soft' is a soft or external link, expected an item of the file itself")
        XCTAssertEqual(
            opening { file, names in H5Lcreate_external("/etc/passwd", "/x", file, "external", names, none) },
            "model.h5: 'external' is a soft or external link, expected an item of the file itself")
    }

    func testDatasetsThatAreNotPlainAreRefused() {
        let plugin: H5Z_filter_t = 32_001
        var chunk: [hsize_t] = [1 << 20]
        let ways: [(String, (hid_t) -> Void)] = [
            ("chunked", { H5Pset_chunk($0, 1, &chunk) }),
            ("compressed", {
                H5Pset_chunk($0, 1, &chunk)
                H5Pset_deflate($0, 9)
            }),
            ("plugin", {
                H5Pset_chunk($0, 1, &chunk)
                XCTAssertGreaterThanOrEqual(H5Pset_filter($0, plugin, UInt32(H5Z_FLAG_OPTIONAL), 0, nil), 0)
            }),
            ("external", { H5Pset_external($0, "/etc/passwd", 0, 1 << 32) }),
            ("compact", { H5Pset_layout($0, H5D_COMPACT) }),
        ]
        for (name, setUp) in ways {
            XCTAssertEqual(
                opening { file, names in
                    dataset(file, name, names, extent: name == "compact" ? 4 : 1 << 30, setUp)
                },
                "model.h5: dataset '\(name)' is chunked, compressed, virtual or stored in another file, "
                    + "expected values stored in one piece in this file")
        }
    }

    func testTypesThatAreNotReadAreRefused() {
        let text = H5Tcopy(H5T_C_S1)
        defer { H5Tclose(text) }
        H5Tset_size(text, 4)
        for (name, type) in [("fixed", text), ("short", H5T_STD_I32LE)] {
            let swapped = H5Tcopy(type)
            defer { H5Tclose(swapped) }
            if name == "short" { H5Tset_order(swapped, H5T_ORDER_BE) }
            XCTAssertEqual(
                opening { file, names in dataset(file, name, names, type: swapped) },
                "model.h5: dataset '\(name)' is of a type that is not read, expected 32-bit floats, 64-bit floats, "
                    + "bytes, 32-bit integers, 64-bit integers, unsigned 64-bit integers or texts")
        }
    }

    func testStructuresThatWeNeverWriteAreRefused() {
        func refusal(_ what: String) -> String {
            "model.h5: its HDF5 structure is damaged, or not that of rnn-dist: \(what) at byte N"
        }
        func opened(_ fill: (_ file: hid_t, _ names: hid_t) -> Void) -> String {
            opening(fill).replacing(/[0-9]+$/, with: "N")
        }
        XCTAssertEqual(
            opened { file, names in H5Tcommit2(file, "type", H5Tcopy(H5T_IEEE_F32LE), names, none, none) },
            refusal("the header of 'type'"))
        XCTAssertEqual(
            opened { file, names in
                dataset(file, "weight", names)
                H5Lcreate_hard(file, "weight", file, "again", names, none)
            }, refusal("the link 'again'"))
        XCTAssertEqual(
            opened { file, names in
                H5Gclose(H5Gcreate2(file, "group", names, none, none))
                H5Lcreate_hard(file, "/", file, "group/circle", names, none)
            }, refusal("the header of ''"))
        // More links than libhdf5 keeps in a group's header unless told.
        XCTAssertEqual(
            opened { file, names in for number in 0..<9 { dataset(file, "\(number)", names) } },
            "model.h5: group '' keeps its items in a heap, expected items in the group itself, however many, as "
                + "rnn-dist writes them; another program or an early rnn-dist wrote it: use that one to go on with it")
        XCTAssertEqual(opened { file, _ in dataset(file, "old", none) }, refusal("the header of ''"))
    }

    func testGroupsOfManyItemsKeepThemInTheirHeaders() throws {
        let file = try HDF5File.inMemory("new.h5")
        for number in 0..<300 { try file.write([Int64(number)], to: "many/\(number)") }
        let copy = try HDF5File(image: file.image(), subject: "model.h5")
        XCTAssertEqual(try copy.children(of: "many").count, 300)
        XCTAssertEqual(try copy.read("many/299", as: Int64.self), [299])
    }

    func testDatasetsThatClaimMoreThanTheFileHoldsAreRefused() throws {
        let image = image { file, names in
            dataset(file, "huge", names, extent: 1 << 40)
            dataset(file, "unwritten", names, extent: 100)
        }
        let file = try HDF5File(image: image, subject: "model.h5")
        XCTAssertEqual(
            message { _ = try file.read("huge", as: Float.self) },
            "model.h5: dataset 'huge' has shape [1099511627776], expected at most the file's \(image.count) bytes")
        XCTAssertEqual(
            message { _ = try file.read("unwritten", as: Float.self) },
            "model.h5: dataset 'unwritten' stores 0 bytes in a file of \(image.count), expected 400")
    }
}
