import Testing

@testable import Networks

@Suite struct HalfPrecisionTests {
  @Test("Every binary16 is the Float that the processor's conversion gives")
  func half() {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max {
      let (found, expected) = (HalfPrecision.float(half: bits), Float(Float16(bitPattern: bits)))
      let isRight = expected.isNaN ? found.isNaN : found.bitPattern == expected.bitPattern
      if !isRight { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
  }

  @Test("Every bfloat16 is sign, exponent and seven bits of fraction")
  func bfloat() {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max {
      let found = HalfPrecision.float(bfloat: bits)
      let (exponent, fraction) = (Int(bits >> 7 & 0xFF), Float(bits & 0x7F))
      let magnitude: Float
      if exponent == 0xFF {
        magnitude = fraction == 0 ? .infinity : .nan
      } else if exponent == 0 {
        magnitude = Float(sign: .plus, exponent: -133, significand: fraction)
      } else {
        magnitude = Float(sign: .plus, exponent: exponent - 134, significand: 128 + fraction)
      }
      let isRight = magnitude.isNaN ? found.isNaN : found.magnitude == magnitude && (found.sign == .minus) == (bits >> 15 == 1)
      if !isRight { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
  }
}
