/// Numbers of 16 bits as Floats, by arithmetic that a compiler can put into SIMD lanes.
enum HalfPrecision {
  /// IEEE 754 binary16. The exponent is moved by a multiplication, which also handles subnormal numbers.
  static func float(half bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF)
    let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
    let finite = scaled.bitPattern
    // Infinity and NaN have the largest exponent in both formats.
    let special = magnitude >= 0x7C00 ? finite | 0x7F80_0000 : finite
    return Float(bitPattern: special | UInt32(bits & 0x8000) << 16)
  }

  /// bfloat16: the upper half of a Float.
  static func float(bfloat bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
