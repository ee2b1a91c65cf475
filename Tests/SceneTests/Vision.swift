import Foundation

@testable import Scene

/// sRGB to linear light (IEC 61966-2-1).
func linearLight(_ color: Color) -> (red: Double, green: Double, blue: Double) {
  func linear(_ value: Float) -> Double {
    let v = Double(value)
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
  }
  return (linear(color.red), linear(color.green), linear(color.blue))
}

/// Eyes, as Machado, Oliveira and Fernandes (2009) simulate the severe forms of colour blindness.
enum Vision: String, CaseIterable {
  case normal, protanopia, deuteranopia, tritanopia

  /// Their matrices of severity 1.0, by rows, for linear light.
  private var matrix: [Double] {
    switch self {
    case .normal: [1, 0, 0, 0, 1, 0, 0, 0, 1]
    case .protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998]
    case .deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881]
    case .tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900]
    }
  }

  func seen(_ color: Color) -> Color {
    func encoded(_ value: Double) -> Float {
      let light = min(1, max(0, value))
      return Float(light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055)
    }
    let (r, g, b) = linearLight(color)
    let m = matrix
    return Color(
      encoded(m[0] * r + m[1] * g + m[2] * b), encoded(m[3] * r + m[4] * g + m[5] * b), encoded(m[6] * r + m[7] * g + m[8] * b))
  }

  /// How much two colours differ to these eyes, in CIE Lab (CIE76).
  func difference(_ first: Color, _ second: Color) -> Double { cieDifference(cieLab(seen(first)), cieLab(seen(second))) }
}

func cieDifference(_ p: (l: Double, a: Double, b: Double), _ q: (l: Double, a: Double, b: Double)) -> Double {
  ((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b)).squareRoot()
}

/// CIE 1976 L*a*b* with the white D65, of a colour of sRGB (CIE 15; IEC 61966-2-1 for the matrix).
func cieLab(_ color: Color) -> (l: Double, a: Double, b: Double) {
  let (r, g, b) = linearLight(color)
  func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
  let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
  let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
  return (116 * y - 16, 500 * (x - y), 200 * (y - z))
}
