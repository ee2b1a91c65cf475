import Scene

/// How wide letters are: the core has no font, but what it lays out should fit. The advances of DejaVu Sans 2.37, which is wider than the
/// other font that may be used, in 2048ths of the em, for the printable letters of ASCII; each is rounded to a pixel, as it is drawn.
enum TextWidths {
  private static let unitsPerEm = 2048.0

  private static let regular: [UInt16] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303,
    1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532,
    1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260,
    721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690,
    1303, 1716,
  ]

  private static let bold: [UInt16] = [
    713, 934, 1067, 1716, 1425, 2052, 1786, 627, 936, 936, 1071, 1716, 778, 850, 778, 748, 1425, 1425, 1425, 1425, 1425, 1425, 1425, 1425,
    1425, 1425, 819, 819, 1716, 1716, 1716, 1188, 2048, 1585, 1561, 1503, 1700, 1399, 1399, 1681, 1714, 762, 762, 1587, 1305, 2038, 1714,
    1741, 1501, 1741, 1577, 1475, 1397, 1663, 1585, 2259, 1579, 1483, 1485, 936, 748, 936, 1716, 1024, 1024, 1382, 1466, 1214, 1466, 1389,
    891, 1466, 1458, 702, 702, 1362, 702, 2134, 1458, 1407, 1466, 1466, 1010, 1219, 979, 1458, 1335, 1892, 1321, 1335, 1192, 1458, 748,
    1458, 1716,
  ]

  /// The other characters that the program writes by itself.
  private static let others: [Character: UInt16] = [
    "\u{00D7}": 1716, "\u{2013}": 1024, "\u{2212}": 1716, "\u{2026}": 2048, "\u{00B7}": 778, "\u{2264}": 1716, "\u{2265}": 1716,
    "\u{00B1}": 1716, "\u{2248}": 1716, "\u{2039}": 844, "\u{203A}": 844, "\u{2502}": 1233, "\u{201C}": 1346, "\u{201D}": 1346,
    "\u{00B2}": 897,
  ]

  /// In pixels, for an em of so many pixels. Characters that are not in the tables count as an em.
  static func width(of string: String, em: Double, _ weight: Text.Weight) -> Double {
    let em = em.rounded()
    let table = weight == .bold ? bold : regular
    var width = 0.0
    for character in string {
      let units: UInt16
      if let ascii = character.asciiValue, ascii >= 32, Int(ascii) - 32 < table.count {
        units = table[Int(ascii) - 32]
      } else {
        units = others[character] ?? 2048
      }
      width += (Double(units) * em / unitsPerEm).rounded()
    }
    return width
  }
}
