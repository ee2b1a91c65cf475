import Foundation
import Testing

@testable import Embedding

@Suite("Fourier transform")
struct FourierTransformTests {
  /// Fills a batch with random numbers and returns the lanes of the result beside the direct sum in double precision.
  private func largestError(length: Int, inverse: Bool) -> Double {
    var random = TestNumbers(UInt64(length))
    let lanes = Lanes.scalarCount
    let blocks = (0..<4).map { _ in Block(length, repeating: Lanes(repeating: 0)) }
    for index in 0..<length {
      for lane in 0..<lanes {
        blocks[0].start[index][lane] = Float(random.normal())
        blocks[1].start[index][lane] = Float(random.normal())
      }
    }
    let (re, im) = (blocks[0].array, blocks[1].array)
    let input = FourierTransform.Planes(re: blocks[0].start, im: blocks[1].start)
    let other = FourierTransform.Planes(re: blocks[2].start, im: blocks[3].start)
    let transform = FourierTransform(length: length)
    let result = inverse ? transform.transform(input.exchanged, other.exchanged).exchanged : transform.transform(input, other)
    let sign = inverse ? 2 * Double.pi : -2 * Double.pi
    var largest = 0.0
    for k in 0..<length {
      for lane in [0, 3, lanes - 1] {
        var (x, y) = (0.0, 0.0)
        for n in 0..<length {
          let angle = sign * Double(n * k % length) / Double(length)
          x += Double(re[n][lane]) * cos(angle) - Double(im[n][lane]) * sin(angle)
          y += Double(re[n][lane]) * sin(angle) + Double(im[n][lane]) * cos(angle)
        }
        largest = max(largest, abs(x - Double(result.re[k][lane])), abs(y - Double(result.im[k][lane])))
      }
    }
    for block in blocks { block.keep() }
    return largest / Double(length).squareRoot()
  }

  @Test(
    "The transform agrees with the direct sum for every mixture of radices",
    arguments: [1, 2, 3, 4, 5, 6, 8, 12, 15, 16, 20, 30, 36, 60, 64, 90, 100, 128, 180, 240, 270])
  func direct(length: Int) {
    #expect(largestError(length: length, inverse: false) < 3e-6)
    #expect(largestError(length: length, inverse: true) < 3e-6)
  }

  @Test("Friendly lengths have no factor above five and are multiples of four")
  func friendly() {
    for wanted in [1, 4, 5, 13, 97, 263, 541, 1021] {
      let length = FourierTransform.friendlyLength(atLeast: wanted)
      #expect(length >= wanted && length % 4 == 0)
      var rest = length
      for factor in [2, 3, 5] { while rest % factor == 0 { rest /= factor } }
      #expect(rest == 1)
    }
    #expect(!FourierTransform.isFriendly(7) && !FourierTransform.isFriendly(22))
  }

  @Test("Convolution on the mesh with a single charge is the kernel, deconvolved: the splines give the kernel back at the nodes")
  func singleCharge() {
    let team = WorkerTeam(threadCount: 2)
    let mesh = MeshConvolution(spacing: 0.3, periodX: 60, periodY: 48, team: team)
    let charge = Block<Float>(mesh.capacityY * mesh.rowStride, repeating: 0)
    // The spline's samples at a node: 1/6, 2/3, 1/6 on each axis.
    let samples: [Float] = [1 / 6, 2 / 3, 1 / 6]
    for y in 0..<3 {
      for x in 0..<3 { charge.start[(9 + y) * mesh.rowStride + 11 + x] = samples[x] * samples[y] }
    }
    mesh.convolve([MeshConvolution.Charges(start: charge.start, rows: 0..<24)], nodesX: 30, nodesY: 24, team: team)
    for y in 1..<23 {
      for x in 1..<29 {
        var read: Float = 0
        for j in 0..<3 {
          for i in 0..<3 { read += samples[i] * samples[j] * mesh.field.start[(y + j - 1) * mesh.rowStride + x + i - 1] }
        }
        let (dx, dy) = (0.3 * Float(x - 12), 0.3 * Float(y - 10))
        #expect(abs(read - 1 / (1 + dx * dx + dy * dy)) < 2e-5)
      }
    }
    charge.keep()
  }
}
