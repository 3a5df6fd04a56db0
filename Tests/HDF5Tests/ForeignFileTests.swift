import CHDF5
import Diagnostics
import HDF5
import XCTest

/// Files that libhdf5 reads but that lead out of themselves or unpack to more than they hold.
final class ForeignFileTests: XCTestCase {
    private let none = hid_t(H5P_DEFAULT)

    /// A file made with libhdf5 directly.
    private func foreign(_ fill: (hid_t) -> Void) throws -> HDF5File {
        let access = H5Pcreate(H5P_FILE_ACCESS)
        defer { H5Pclose(access) }
        H5Pset_fapl_core(access, 1 << 16, false)
        let file = H5Fcreate("foreign-\(UUID())", H5F_ACC_TRUNC, none, access)
        defer { H5Fclose(file) }
        fill(file)
        H5Fflush(file, H5F_SCOPE_GLOBAL)
        var image = [UInt8](repeating: 0, count: H5Fget_file_image(file, nil, 0))
        XCTAssertEqual(H5Fget_file_image(file, &image, image.count), image.count)
        return try HDF5File(image: image, subject: "model.h5")
    }

    private func dataset(_ file: hid_t, _ name: String, _ extent: UInt64, _ setUp: (hid_t) -> Void) {
        var extents = [hsize_t(extent)]
        let space = H5Screate_simple(1, &extents, nil)
        let creation = H5Pcreate(H5P_DATASET_CREATE)
        setUp(creation)
        let dataset = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, none, creation, none)
        XCTAssertGreaterThan(dataset, 0, name)
        H5Dclose(dataset)
        H5Pclose(creation)
        H5Sclose(space)
    }

    func testLinksThatLeadElsewhereAreRefused() throws {
        let file = try foreign { file in
            dataset(file, "weight", 4) { _ in }
            H5Lcreate_soft("/weight", file, "soft", none, none)
            H5Lcreate_soft("/soft", file, "loop", none, none)
            H5Lcreate_external("/etc/passwd", "/x", file, "external", none, none)
        }
        XCTAssertEqual(try file.children(), ["external", "loop", "soft", "weight"])
        for name in ["soft", "loop", "external", "external/x"] {
            XCTAssertEqual(
                message { _ = try file.read(name, as: Float.self) },
                "model.h5: '\(name.prefix { $0 != "/" })' is a soft or external link, expected an item of the file itself"
            )
        }
    }

    func testDatasetsThatAreNotPlainAreRefused() throws {
        let file = try foreign { file in
            var chunk: [hsize_t] = [1 << 20]
            dataset(file, "chunked", 1 << 30) { H5Pset_chunk($0, 1, &chunk) }
            dataset(file, "compressed", 1 << 30) {
                H5Pset_chunk($0, 1, &chunk)
                H5Pset_deflate($0, 9)
            }
            dataset(file, "external", 4) { H5Pset_external($0, "/etc/passwd", 0, 16) }
        }
        for name in ["chunked", "compressed", "external"] {
            XCTAssertEqual(
                message { _ = try file.read(name, as: Float.self) },
                "model.h5: dataset '\(name)' is chunked, compressed, virtual or stored in another file, "
                    + "expected values stored in one piece in this file")
        }
    }

    func testDatasetsThatClaimMoreThanTheFileHoldsAreRefused() throws {
        let file = try foreign { file in
            dataset(file, "huge", 1 << 40) { _ in }
            dataset(file, "unwritten", 100) { _ in }
        }
        let huge = message { _ = try file.read("huge", as: Float.self) }
        XCTAssertTrue(
            huge.hasPrefix("model.h5: dataset 'huge' has shape [1099511627776], expected at most the file's "), huge)
        let unwritten = message { _ = try file.read("unwritten", as: Float.self) }
        XCTAssertTrue(unwritten.hasPrefix("model.h5: dataset 'unwritten' stores 0 bytes in a file of "), unwritten)
        XCTAssertTrue(unwritten.hasSuffix(", expected 400"), unwritten)
    }
}
