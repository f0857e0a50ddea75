/// Guesses which of the known names a misspelt one was meant to be.
///
/// The nearest name by optimal string alignment distance (insertions, deletions, substitutions, and swaps of neighbours count one
/// each), if at most a third of the shorter name is wrong; otherwise a name that has this one as a part, as
/// `num_servers` has `servers`. Case does not count.
enum Spelling {
  /// Longer names get no suggestion, so that a hostile one costs no time.
  private static let lengthMax = 40

  /// The known name that was probably meant, or nil.
  static func suggestion(for name: String, among known: [String]) -> String? {
    guard name.utf8.count <= lengthMax else { return nil }
    let written = Array(name.lowercased().utf8)
    let near = known.compactMap { candidate -> (name: String, distance: Int)? in
      let distance = distance(written, Array(candidate.utf8))
      let allowed = max(1, min(written.count, candidate.utf8.count) / 3)
      return distance <= allowed ? (candidate, distance) : nil
    }
    if let nearest = near.min(by: { $0.distance < $1.distance }) { return nearest.name }
    return written.count >= 4 ? known.first { $0.contains(name.lowercased()) } : nil
  }

  /// The distance of two words. Time and memory are the product of their lengths.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    // rows[i][j] is the distance of the first i bytes of a and the first j of b.
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
