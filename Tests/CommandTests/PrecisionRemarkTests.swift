import Configuration
import XCTest

import rnn_dist

final class PrecisionRemarkTests: XCTestCase {
    func testOnlyWhoLosesTimeByRoundingIsTold() {
        typealias Precision = ModelConfiguration.Precision
        XCTAssertEqual(
            Precision.bfloat16.remark(hasInstructions: false),
            "model.precision: this program has no bfloat16 instructions (AVX512-BF16) here: the weights will be those of "
                + "other processors, but float32 would be faster")
        XCTAssertNil(Precision.bfloat16.remark(hasInstructions: true))
        XCTAssertNil(Precision.float32.remark(hasInstructions: false))
    }
}
