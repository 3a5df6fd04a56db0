import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import XCTest

final class AttentionTests: XCTestCase {
    private struct References: Decodable {
        struct Parameter: Decodable { var name: String, values: [Double], gradient: [Double] }
        struct Case: Decodable {
            var kind: String, source: [[[Double]]], states: [[[Double]]], upstream: [[[Double]]], outputs: [[[Double]]]
            var weights: [[[Double]]], source_gradients: [[[Double]]], state_gradients: [[[Double]]],
                parameters: [Parameter]
        }
        var cases: [Case]
    }

    private func references() throws -> [References.Case] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/attention.json")
        return try JSONDecoder().decode(References.self, from: Data(contentsOf: file)).cases
    }

    func testDoubleEqualsPyTorch() throws {
        for reference in try references() { try compare(reference, Double.self, tolerance: 1e-12) }
    }

    func testFloatEqualsPyTorch() throws {
        for reference in try references() { try compare(reference, Float.self, tolerance: 2e-6) }
    }

    private func compare<Scalar: KernelScalar>(_ reference: References.Case, _: Scalar.Type, tolerance: Double) throws {
        let bench = Bench<Scalar>(
            reference.kind == "additive" ? .additive : .multiplicative, stateSize: reference.states[0][0].count,
            sourceSize: reference.source[0][0].count)
        XCTAssertEqual(bench.parameters.layout.dense.map(\.name), reference.parameters.map(\.name))
        for (slice, given) in zip(bench.parameters.layout.dense, reference.parameters) {
            slice.set(given.values, in: bench.parameters.dense)
        }
        let result = bench.run(
            source: reference.source, states: reference.states, upstream: reference.upstream, shards: [0, 0, 3],
            subtrees: [0..<4])
        XCTAssertLessThan(relativeError(flat(result.outputs), flat(reference.outputs)), tolerance)
        XCTAssertLessThan(relativeError(flat(result.weights), flat(reference.weights)), tolerance)
        XCTAssertLessThan(relativeError(flat(result.source), flat(reference.source_gradients)), tolerance)
        XCTAssertLessThan(relativeError(flat(result.states), flat(reference.state_gradients)), tolerance)
        for (slice, given) in zip(bench.parameters.layout.dense, reference.parameters) {
            let stored = (0..<slice.count).map { result.gradients[0][slice.offset + $0] }
            let found = slice.rowMajor(stored).map { Double($0) }
            XCTAssertLessThan(relativeError(found, given.gradient), tolerance, slice.name)
        }
    }

    /// Sizes wider than a vector, with a remainder; more shards than sequences of each length.
    func testGradientsAgreeWithDifferencesInDouble() {
        for score in [Attention<Double>.Score.multiplicative, .additive] {
            for (stateSize, sourceSize) in [(3, 2), (9, 17)] {
                var random = RandomNumbers(seed: UInt64(stateSize))
                let bench = Bench<Double>(score, stateSize: stateSize, sourceSize: sourceSize)
                for i in 0..<bench.parameters.dense.count { bench.parameters.dense[i] = 0.6 * random.number() }
                let source = random.sequences([3, 2, 5, 1], sourceSize),
                    states = random.sequences([2, 4, 1, 3], stateSize)
                let upstream = random.sequences([2, 4, 1, 3], stateSize)
                func run(_ source: [[[Double]]], _ states: [[[Double]]]) -> Bench<Double>.Result {
                    bench.run(
                        source: source, states: states, upstream: upstream, shards: [0, 1, 1, 2], subtrees: [0..<4])
                }
                func loss(_ source: [[[Double]]], _ states: [[[Double]]]) -> Double {
                    zip(flat(run(source, states).outputs), flat(upstream)).reduce(0) { $0 + $1.0 * $1.1 }
                }
                let analytic = run(source, states)
                for slice in bench.parameters.layout.dense {
                    let numeric = (slice.offset..<slice.offset + slice.count).map { i in
                        let kept = bench.parameters.dense[i]
                        defer { bench.parameters.dense[i] = kept }
                        return difference { bench.parameters.dense[i] = kept + $0; return loss(source, states) }
                    }
                    let found = (0..<slice.count).map { analytic.gradients[0][slice.offset + $0] }
                    XCTAssertLessThan(relativeError(found, numeric), 1e-8, "\(score) \(slice.name)")
                }
                for (given, gradient, isSource) in [(source, analytic.source, true), (states, analytic.states, false)] {
                    var numeric: [Double] = []
                    for s in given.indices {
                        for t in given[s].indices {
                            for c in given[s][t].indices {
                                numeric.append(difference {
                                    var changed = given
                                    changed[s][t][c] += $0
                                    return isSource ? loss(changed, states) : loss(source, changed)
                                })
                            }
                        }
                    }
                    XCTAssertLessThan(relativeError(flat(gradient), numeric), 1e-8, "\(score) \(isSource)")
                }
            }
        }
    }

    private func difference(_ f: (Double) -> Double) -> Double {
        let h = 2e-4
        return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
    }

    /// What one sequence gives must not depend on which others a rank holds, nor on threads.
    func testNoBitDependsOnRanksOrThreads() {
        for score in [Attention<Float>.Score.multiplicative, .additive] {
            var random = RandomNumbers(seed: 5)
            let source = random.sequences([3, 7, 5, 1, 4, 4, 9, 2], 19),
                states = random.sequences([2, 4, 6, 3, 8, 1, 4, 4], 21)
            let upstream = random.sequences([2, 4, 6, 3, 8, 1, 4, 4], 21)
            var seen: Bench<Float>.Result?
            for (threads, ranks) in [
                (1, [0..<8]), (2, [0..<8]), (1, [0..<4, 4..<8]), (3, [0..<2, 2..<4, 4..<6, 6..<8]),
            ] {
                let bench = Bench<Float>(score, stateSize: 21, sourceSize: 19, threads: threads)
                var fill = RandomNumbers(seed: 6)
                for slice in bench.parameters.layout.dense {
                    for i in 0..<slice.count { bench.parameters.dense[slice.offset + i] = Float(0.3 * fill.number()) }
                }
                var result = Bench<Float>.Result()
                for range in ranks {
                    let part = bench.run(
                        source: Array(source[range]), states: Array(states[range]), upstream: Array(upstream[range]),
                        shards: Array(range), subtrees: [range])
                    result.outputs += part.outputs
                    result.source += part.source
                    result.states += part.states
                    result.gradients += part.gradients
                }
                while result.gradients.count > 1 {
                    result.gradients = stride(from: 0, to: result.gradients.count, by: 2).map { i in
                        zip(result.gradients[i], result.gradients[i + 1]).map { $0 + $1 }
                    }
                }
                if let seen {
                    XCTAssertEqual(result.outputs, seen.outputs)
                    XCTAssertEqual(result.source, seen.source)
                    XCTAssertEqual(result.states, seen.states)
                    XCTAssertEqual(result.gradients, seen.gradients)
                } else {
                    seen = result
                }
            }
        }
    }
}

private func flat(_ sequences: [[[Double]]]) -> [Double] { sequences.flatMap { $0.flatMap { $0 } } }

extension RandomNumbers {
    fileprivate mutating func sequences(_ lengths: [Int], _ width: Int) -> [[[Double]]] {
        lengths.map { length in (0..<length).map { _ in (0..<width).map { _ in number() } } }
    }
}

/// Attention over sequences given one by one, packed for it and unpacked again.
private final class Bench<Scalar: KernelScalar> {
    struct Result {
        var outputs: [[[Double]]] = [], weights: [[[Double]]] = [], source: [[[Double]]] = [], states: [[[Double]]] = []
        /// Flat, for each subtree.
        var gradients: [[Scalar]] = []
    }

    let attention: Attention<Scalar>
    let parameters: Parameters<Scalar>

    init(_ score: Attention<Scalar>.Score, stateSize: Int, sourceSize: Int, threads: Int = 1) {
        var layout = ParameterLayout()
        attention = Attention(
            score, stateSize: stateSize, sourceSize: sourceSize, initializer: .pytorch,
            team: ThreadTeam(count: threads), layout: &layout)
        parameters = Parameters(layout)
    }

    func run(source: [[[Double]]], states: [[[Double]]], upstream: [[[Double]]], shards: [Int], subtrees: [Range<Int>])
        -> Result
    {
        attention.pack(parameters)
        let ranges = ShardSubtrees(subtrees)
        let sources = PackedSequences(lengths: source.map(\.count), shards: shards, subtreeShards: ranges)
        let targets = PackedSequences(lengths: states.map(\.count), shards: shards, subtreeShards: ranges)
        let placeOfSource = source.indices.map { i in sources.order.firstIndex(of: i) ?? 0 }
        let sequenceOfRow = (0..<targets.steps).flatMap { t in
            (0..<targets.active[t]).map { placeOfSource[targets.order[$0]] }
        }
        let batch = AttentionRows(source: sources, sequenceOfRow: sequenceOfRow)
        attention.read(matrix(source, sources))
        let output = attention.forward(matrix(states, targets), batch, parameters)
        var result = Result()
        result.outputs = unpacked(output, targets)
        result.weights = unpacked(attention.weights, targets).enumerated().map { i, rows in
            rows.map { Array($0[..<source[i].count]) }
        }
        let gradients = Gradients<Scalar>(parameters.layout, subtrees: subtrees.count)
        let d = attention.backward(
            matrix(upstream, targets), batch, rows: targets.gradientRows(liveSteps: nil), parameters, into: gradients)
        result.states = unpacked(d.states, targets)
        result.source = unpacked(d.source, sources)
        result.gradients = gradients.dense.map { Array($0.elements) }
        return result
    }

    private func matrix(_ sequences: [[[Double]]], _ packed: PackedSequences) -> Matrix<Scalar> {
        let rows = (0..<packed.steps).flatMap { t in (0..<packed.active[t]).map { sequences[packed.order[$0]][t] } }
        return Matrix(AlignedBuffer(rows.flatMap { $0.map { Scalar($0) } }), rows: rows.count, columns: rows[0].count)
    }

    private func unpacked(_ matrix: Matrix<Scalar>, _ packed: PackedSequences) -> [[[Double]]] {
        var result = [[[Double]]](repeating: [], count: packed.sequences)
        for t in 0..<packed.steps {
            for j in 0..<packed.active[t] {
                result[packed.order[j]].append((0..<matrix.columns).map { Double(matrix[packed.offsets[t] + j, $0]) })
            }
        }
        return result
    }
}
