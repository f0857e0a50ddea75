import Consistency
import KeyValue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A page that lists the reports of a folder, newest first, each with what changed against the run of the same
/// configuration before it.
///
/// It is made of the JSON reports that lie there, whoever wrote them; what is not one is passed over.
struct ReportIndex {
  /// What the list tells of a report.
  struct Entry {
    var stem = ""
    var file = ""
    var fault: String?
    var configuration = ""
    var level = ""
    /// When the run began or, where it does not say, when the report was written: ISO 8601.
    var moment = ""
    var operations: Int64?
    var exitStatus: Int64 = 0
    /// The verdicts by model.
    var verdicts: [Line] = []
    var hasPage = false
  }

  /// What the list tells of a verdict.
  struct Line: Hashable {
    var model = ""
    var verdict = ""
    var isAsked = true
    var headline = ""
  }

  /// Larger files are not looked into.
  private static let bytesMax = 1 << 29
  /// More reports are not listed.
  private static let entriesMax = 1_000

  /// More ways in which verdicts changed are not told: there are but six among three verdicts.
  private static let changesMax = 6

  private let entries: [Entry]
  private let passedOver: Int

  /// Reads a folder. Linear in the bytes of its JSON files, of which nothing is kept but what the list tells.
  init(folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let pages = Set(names.filter { $0.hasSuffix(".html") })
    var entries: [Entry] = []
    var passedOver = 0
    for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
      guard var entry = Self.entry(folder + "/" + name) else {
        passedOver += 1
        continue
      }
      entry.stem = String(name.dropLast(5))
      entry.hasPage = pages.contains(entry.stem + ".html")
      entries.append(entry)
    }
    self.entries = entries.sorted { ($1.moment, $0.stem) < ($0.moment, $1.stem) }
    self.passedOver = passedOver
  }

  // MARK: Reading

  /// What the list tells of a file; nil when it is no report.
  private static func entry(_ path: String) -> Entry? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      // A pipe would be waited for without end.
      attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int ?? (attributes[.size] as? UInt64).map({ Int(clamping: $0) }),
      size <= bytesMax, let data = FileManager.default.contents(atPath: path),
      var entry = try? entry(of: Array(data))
    else { return nil }
    if entry.moment.isEmpty, let written = attributes[.modificationDate] as? Date {
      entry.moment = written.formatted(.iso8601)
    }
    return entry
  }

  private static func entry(of bytes: [UInt8]) throws(JSONError) -> Entry? {
    let bytes = bytes.span
    var cursor = JSONCursor()
    guard cursor.next(bytes) == UInt8(ascii: "{") else { return nil }
    try cursor.expect("{", bytes)
    var entry = Entry()
    var members: Set<String> = []
    while let name = try cursor.nextMember(isFirst: members.isEmpty, bytes) {
      members.insert(name)
      switch name {
      case "format": guard try cursor.json(bytes) == 1 else { return nil }
      case "file": entry.file = try cursor.json(bytes).string ?? ""
      case "exitStatus": entry.exitStatus = try cursor.json(bytes).integer ?? 0
      case "error": entry.fault = try cursor.json(bytes)["reason"]?.string ?? "not judged"
      case "run":
        let run = try cursor.json(bytes)
        entry.configuration = run["name"]?.string ?? ""
        entry.level = run["level"]?.string ?? ""
        entry.moment = run["started"]?.string ?? ""
      case "counts": entry.operations = try cursor.json(bytes)["operations"]?.integer
      case "verdicts": entry.verdicts = try verdicts(&cursor, bytes)
      default: try cursor.skipValue(bytes)
      }
    }
    return members.isSuperset(of: ["format", "file"]) && (entry.fault != nil || members.contains("verdicts"))
      ? entry : nil
  }

  /// The verdicts without their evidence, which may be long.
  private static func verdicts(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> [Line] {
    var lines: [Line] = []
    try cursor.expect("[", bytes)
    if cursor.next(bytes) == UInt8(ascii: "]") {
      try cursor.expect("]", bytes)
      return []
    }
    while true {
      try cursor.expect("{", bytes)
      var line = Line()
      var isFirst = true
      while let name = try cursor.nextMember(isFirst: isFirst, bytes) {
        isFirst = false
        switch name {
        case "model": line.model = try cursor.json(bytes).string ?? ""
        case "verdict": line.verdict = try cursor.json(bytes).string ?? ""
        case "asked": line.isAsked = try cursor.json(bytes).bool ?? true
        case "reason": line.headline = try cursor.json(bytes)["headline"]?.string ?? ""
        default: try cursor.skipValue(bytes)
        }
      }
      lines.append(line)
      if cursor.next(bytes) == UInt8(ascii: "]") { break }
      try cursor.expect(",", bytes)
    }
    try cursor.expect("]", bytes)
    return lines
  }

  // MARK: Telling

  /// The page.
  var html: String {
    let shown = entries.prefix(Self.entriesMax)
    return Templates.render(
      "index",
      [
        "style": Page.style, "hasReports": !entries.isEmpty, "count": entries.count,
        "passedOver": passedOver, "hasPassedOver": passedOver > 0, "omitted": entries.count - shown.count,
        "hasOmitted": entries.count > shown.count,
        "reports": shown.enumerated().map { row($0.element, before: previous($0.offset)) },
      ])
  }

  /// The run of the same configuration before this one.
  private func previous(_ place: Int) -> Entry? {
    let entry = entries[place]
    guard entry.fault == nil, !entry.configuration.isEmpty else { return nil }
    return entries[(place + 1)...].first { other in
      other.fault == nil && other.configuration.utf8.elementsEqual(entry.configuration.utf8)
        && other.level == entry.level
    }
  }

  private func row(_ entry: Entry, before: Entry?) -> [String: Any] {
    let (standing, word) = Self.standing(entry)
    let asked = entry.verdicts.filter(\.isAsked)
    let telling =
      asked.first { $0.verdict == "violated" } ?? asked.first { $0.verdict != "holds" } ?? asked.first
    let name = entry.stem.shortened().printable
    return [
      "link": Self.link(entry.stem + (entry.hasPage ? ".html" : ".json")), "name": name,
      "standing": standing, "word": word,
      "headline": (entry.fault ?? telling?.headline ?? "").shortened(to: 200).printable,
      "file": entry.file.shortened(to: 120).printable,
      "configuration": entry.configuration.shortened().printable, "level": entry.level.shortened().printable,
      "operations": entry.operations?.description ?? "", "hasConfiguration": !entry.configuration.isEmpty,
      "day": day(entry.moment), "time": time(entry.moment),
      "change": change(entry, before), "isChanged": before.map { changes(entry, $0) != [] } ?? false,
    ]
  }

  /// The part of an ISO 8601 moment before its time; all of what is none.
  private func day(_ moment: String) -> String {
    String(moment.prefix { $0 != "T" }).shortened().printable
  }

  /// The time of an ISO 8601 moment, to the second.
  private func time(_ moment: String) -> String {
    let time = moment.drop { $0 != "T" }.dropFirst()
    let seconds = String(time.prefix { $0.isASCII && ($0.isNumber || $0 == ":") })
    return (seconds + (time.hasSuffix("Z") ? " UTC" : "")).shortened().printable
  }

  private static func standing(_ entry: Entry) -> (standing: String, word: String) {
    switch CheckStatus(rawValue: Int32(clamping: entry.exitStatus)) {
    case _ where entry.fault != nil: ("undecided", "not judged")
    case .holds?: ("holds", "holds")
    case .violated?: ("violated", "violated")
    case .undecided?, nil: ("undecided", "undecided")
    default: ("undecided", "not judged")
    }
  }

  private func change(_ entry: Entry, _ before: Entry?) -> String {
    guard let before else { return entry.fault == nil ? "the first of its configuration" : "" }
    let changes = changes(entry, before)
    guard !changes.isEmpty else { return "as before" }
    return changes.joined(separator: "; ")
  }

  /// Which models had another verdict, those that changed alike together.
  private func changes(_ entry: Entry, _ before: Entry) -> [String] {
    var models: [String: [String]] = [:]
    var order: [String] = []
    for line in entry.verdicts {
      guard let old = before.verdicts.first(where: { $0.model == line.model }), old.verdict != line.verdict
      else { continue }
      let change = "\(line.verdict.shortened().printable), before \(old.verdict.shortened().printable)"
      if models[change] == nil { order.append(change) }
      models[change, default: []].append(line.model.shortened().printable)
    }
    return order.prefix(Self.changesMax).map { change in
      let names = models[change, default: []]
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      return names.prefix(3).joined(separator: ", ") + more + ": " + change
    }
  }

  /// The name of a file as a relative link: nothing in it is taken for a scheme, a path or a query.
  private static func link(_ name: String) -> String {
    "./"
      + name.utf8.map { byte in
        switch Character(Unicode.Scalar(byte)) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "~": String(Character(Unicode.Scalar(byte)))
        default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }.joined()
  }
}
