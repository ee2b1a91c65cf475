/// Numbers as people read them, without a library: the core stays pure Swift.
enum Numbers {
  /// `1234567` as "1,234,567".
  static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0 && (digits.count - offset) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return value < 0 ? "\u{2212}" + result : result
  }

  /// With a fixed number of decimals, rounded half away from zero.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "not finite" }
    var factor = 1.0
    for _ in 0..<decimals { factor *= 10 }
    let scaled = (abs(value) * factor).rounded()
    guard scaled < 9e15 else { return scientific(value) }
    let whole = Int(scaled)
    let unit = Int(factor)
    let sign = value < 0 && whole > 0 ? "\u{2212}" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let fraction = String(whole % unit)
    return sign + "\(whole / unit)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// About three significant digits: "13.5", "0.0421", "2.1e−6".
  static func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    guard value.isFinite else { return "not finite" }
    if magnitude == 0 { return "0" }
    if magnitude >= 99.95 { return magnitude < 1e6 ? fixed(value, 0) : scientific(value) }
    if magnitude >= 9.995 { return fixed(value, 1) }
    if magnitude >= 0.9995 { return fixed(value, 2) }
    if magnitude >= 0.09995 { return fixed(value, 3) }
    if magnitude >= 0.001 { return fixed(value, 4) }
    return scientific(value)
  }

  /// A probability as per cent; one that is nearly but not quite nothing or certain says so: "<0.01 %", ">99.99 %".
  static func probability(_ value: Double) -> String {
    if value > 0 && value < 0.00005 { return "<0.01 %" }
    if value > 0.99995 && value < 1 { return ">99.99 %" }
    return percent(value)
  }

  /// For a column of probabilities: nothing below a tenth of a per cent is told apart, nor what is that near to certain.
  static func shortProbability(_ value: Double) -> String {
    if value < 0.001 { return value == 0 ? "0 %" : "<0.1 %" }
    if value > 0.999, value < 1 { return ">99.9 %" }
    return percent(value)
  }

  /// A share of one as per cent: "99.98 %", "24 %".
  static func percent(_ share: Double) -> String {
    let value = share * 100
    guard value.isFinite else { return "not finite" }
    if abs(value) < 0.005 { return "0 %" }
    if abs(value) >= 1e6 { return scientific(value) + " %" }
    if value >= 99.995 && value < 100.5 { return "100 %" }
    if abs(value) < 10 || (abs(value) > 99 && abs(value) < 100) { return fixed(value, 2) + " %" }
    return fixed(value, abs(value) < 99.95 && abs(value) >= 90 ? 1 : 0) + " %"
  }

  /// A part of a whole, short: "97 %", "3.1 %", "<0.1 %".
  static func share(_ share: Double) -> String {
    let value = share * 100
    guard value.isFinite else { return "not finite" }
    if value > 0, value < 0.1 { return "<0.1 %" }
    return fixed(value, value < 9.95 && value > 0 ? 1 : 0) + " %"
  }

  /// Seconds as "8 s", "2 min 05 s".
  static func seconds(_ value: Double) -> String {
    guard value.isFinite, value < 360_000 else { return "long" }
    let whole = Int(max(0, value).rounded(.up))
    if whole < 60 { return "\(whole) s" }
    return "\(whole / 60) min \(whole % 60 < 10 ? "0" : "")\(whole % 60) s"
  }

  /// About one significant digit, as short as it can be: "−3e−6".
  static func magnitude(_ value: Double) -> String { value.isFinite && value != 0 ? scientific(value, decimals: 0) : significant(value) }

  private static func scientific(_ value: Double, decimals: Int = 1) -> String {
    var mantissa = abs(value)
    var exponent = 0
    // What would be rounded up to ten is one of the next power.
    let (low, high) = decimals == 0 ? (0.95, 9.5) : (0.995, 9.95)
    while mantissa >= high && exponent < 400 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < low && exponent > -400 {
      mantissa *= 10
      exponent -= 1
    }
    return fixed(value < 0 ? -mantissa : mantissa, decimals) + "e" + (exponent < 0 ? "\u{2212}" : "") + "\(abs(exponent))"
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Numbers {
  /// A parameter without idle zeros: "0.25", "2", "1e−6".
  static func short(_ value: Float) -> String {
    let number = Double(value)
    guard number.isFinite else { return "not finite" }
    if number == 0 { return "0" }
    if abs(number) >= 0.001, abs(number) < 1e6 {
      var text = fixed(number, 4)
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
      return text
    }
    var text = "\(value)".replacing("e-0", with: "e-").replacing(".0e", with: "e")
    text = text.replacing("-", with: "\u{2212}")
    return text
  }
}
