import Kernels
import RecurrentNetworks
import XCTest

/// Checks that a backward pass tells of every stage that it is complete, the last one of the forward pass first, and
/// that nothing of a stage changes afterwards.
///
/// - Parameter pass: Forward and backward.
public func assertStagesAreComplete<Scalar: KernelScalar>(
    _ gradients: Gradients<Scalar>, of layout: ParameterLayout, _ name: String = "", file: StaticString = #filePath,
    line: UInt = #line, _ pass: () -> Void
) {
    func values(_ stage: GradientStage) -> [[Scalar]] {
        gradients.dense.map { part in
            stage.ranges(layout.tiedRanges).flatMap { $0.map { part[$0] } }
        }
    }
    var completed: [(stage: Int, values: [[Scalar]])] = []
    gradients.stageCompleted = { completed.append(($0, values(layout.stages[$0]))) }
    pass()
    gradients.stageCompleted = nil
    XCTAssertEqual(completed.map(\.stage), layout.stages.map(\.number).reversed(), name, file: file, line: line)
    for (number, then) in completed {
        XCTAssertEqual(then, values(layout.stages[number]), "\(name): stage \(number)", file: file, line: line)
    }
}
