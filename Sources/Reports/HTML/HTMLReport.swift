public import Consistency
import History
import KeyValue

/// A history and its verdicts as one page that needs nothing else: no server, no network.
///
/// The page says everything in plain HTML; the script adds the drawings, from data that stand in the page as JSON.
public struct HTMLReport: Sendable {
  /// What the checks were allowed.
  public let allowance: JSONReport.Allowance
  /// Whether what needs memory for each operation is left out: latencies and plots.
  public var isBrief = false
  private let text = TextReport()
  /// More keys are not listed.
  private static let agreementsMax = 200

  /// About how much memory a page of a history takes while it is made, in bytes, unless it is brief.
  static func bytes(_ history: History) -> Int {
    max(HistoryStatistics.bytesPerOperation, ReadAges.bytesPerOperation) * history.operations.count
      + textBytes
  }

  /// What the texts of a page take, which are copied from one to the next.
  private static let textBytes = 8_000_000

  /// Makes a writer of pages.
  public init(allowance: JSONReport.Allowance = .init()) {
    self.allowance = allowance
  }

  /// The page.
  ///
  /// - Parameters:
  ///   - counterexamples: for each model the name of the file beside the page that holds its counterexample, where there is
  ///     one.
  ///   - spaceTime: what clients and servers said to one another, where it is known.
  public func html(
    _ checked: CheckedFile, counterexamples: [Model: String] = [:], spaceTime: SpaceTimePicture? = nil
  ) -> String {
    let name = checked.file == "-" ? "standard input" : checked.file.printable
    var page: [String: Any] = [
      "file": name, "style": Page.style, "script": Page.script, "hasData": false,
    ]
    switch checked.outcome {
    case .unreadable(let error): page["fault"] = error.description.printable
    case .noModel(let sentence), .fault(let sentence): page["fault"] = sentence.printable
    case .judged(let history, let judgements):
      page.merge(judged(checked, history, judgements, counterexamples)) { $1 }
    }
    let pictures = spaceTime?.svgs() ?? []
    (page["spaceTime"], page["hasSpaceTime"]) = (pictures.map { ["svg": $0] }, !pictures.isEmpty)
    return Templates.render("report", page)
  }

  private func judged(
    _ checked: CheckedFile, _ history: History, _ judgements: [CheckedFile.Judgement],
    _ counterexamples: [Model: String]
  ) -> [String: Any] {
    let narration = Narration(history)
    let statistics = isBrief ? nil : HistoryStatistics(history)
    let told = text.toTell(judgements)
    let verdicts = judgements.map(\.verdict)
    let asked = judgements.filter(\.isAsked)
    let worst = asked.min { Banner.rank($0.verdict) < Banner.rank($1.verdict) }
    var stories: [JSON] = []
    let reasons = told.map { judgement -> [String: Any] in
      let explanation = Explanation(judgement.verdict, of: history, follows: judgement.follows)
      var reason: [String: Any] = [
        "model": judgement.verdict.model.rawValue, "headline": explanation.headline,
        "standing": Banner.standing(judgement.verdict), "word": text.word(judgement.verdict),
        "sentences": explanation.sentences, "work": DecisionText(judgement).clause, "hasStory": false,
        "isOpen": !judgement.verdict.isViolated,
      ]
      if case .violated(let counterexample) = judgement.verdict.outcome {
        reason["hasStory"] = true
        if let file = counterexamples[judgement.verdict.model] {
          // A name with a colon or a space is still a name beside the page.
          reason["counterexample"] = ["name": file.printable, "link": "./" + file.percentEncoded]
        }
        reason["story"] = stories.count
        let model = judgement.follows ?? judgement.verdict.model
        reason["picture"] =
          CounterexamplePicture(judgement, of: history)?.svg(prefix: "counterexample-\(stories.count)-") ?? ""
        stories.append(Story(counterexample, model, explanation, narration).json)
      }
      return reason
    }
    let banner = Banner(
      worst: worst, headline: worst.map { Explanation($0.verdict, of: history).headline },
      isSpectrum: asked.count == Model.allCases.count, judged: verdicts)
    let models = judgements.map { judgement -> [String: Any] in
      [
        "name": judgement.verdict.model.rawValue, "standing": Banner.standing(judgement.verdict),
        "word": Banner.words(judgement.verdict), "how": DecisionText(judgement).clause,
        "isAsked": judgement.isAsked,
      ]
    }
    var page: [String: Any] = [
      "title": history.run?.name.nilIfEmpty?.shortened().printable ?? checked.file.printable,
      "standing": banner.standing, "verdict": banner.word, "headline": banner.headline,
      "summary": banner.summary, "facts": facts(history, statistics), "warnings": warnings(history, verdicts),
      "hasWarnings": !warnings(history, verdicts).isEmpty,
      // What is wrong comes first.
      "reasons": reasons.filter { $0["hasStory"] as? Bool == true }
        + reasons.filter { $0["hasStory"] as? Bool != true },
      "models": models, "hasLattice": judgements.count == Model.allCases.count,
      "lattice": LatticePicture(judgements, of: history).svg(), "hasData": true,
    ]
    let latencies = statistics.map { self.latencies(history, $0) } ?? []
    (page["latencies"], page["hasLatencies"]) = (latencies, !latencies.isEmpty)
    let tracks = tracks(told + judgements, narration)
    (page["hasTracks"], page["trackModel"]) = (tracks != nil, tracks?.model.rawValue ?? "")
    let agreements = agreements(judgements, narration)
    (page["agreements"], page["hasAgreements"]) = (agreements, !agreements.isEmpty)
    if let staleness = checked.staleness { page["staleness"] = text.describe(staleness, history) }
    let data = pageData(history, tracks?.tracks, told, stories)
    page["data"] = data.description.replacing("<", with: "\\u003c")
    return page
  }

  // MARK: Words

  private func facts(_ history: History, _ statistics: HistoryStatistics?) -> [[String: Any]] {
    var facts: [[String: Any]] = []
    func add(_ name: String, _ value: String?) {
      if let value { facts.append(["name": name, "value": value.shortened(to: 120).printable]) }
    }
    let counts = HistoryCounts(history)
    let run = history.run
    add("Configuration", run?.name.nilIfEmpty)
    add("Promised level", run?.level)
    add("Protocol", run?.replicationProtocol)
    add("Servers", (run?.servers ?? (counts.servers > 0 ? counts.servers : nil))?.description)
    add("Clients", statistics.flatMap { $0.clients > 0 ? $0.clients.description : nil })
    add("Processes", counts.processes.description)
    add("Keys", counts.keys.description)
    add("Operations", text.describe(counts))
    add("Faults", counts.faults > 0 ? counts.faults.description : "none recorded")
    add("Duration", counts.nanoseconds.map { TimeText.duration(nanoseconds: $0) })
    add("Seed", run?.seed?.description)
    add("Started", run?.started)
    add("Host", run?.host)
    add("Clock", text.describe(history.clock))
    add("Time limit", allowance.time.map { TimeText.duration($0) + " for each verdict" })
    return facts
  }

  private func warnings(_ history: History, _ verdicts: [Verdict]) -> [String] {
    var seen: Set<String> = []
    let brief = isBrief ? ["the memory limit left no room for latencies and plots"] : []
    return (history.warnings + verdicts.flatMap(\.warnings) + brief).filter { seen.insert($0).inserted }
      .map { $0.asSentence.printable }
  }

  private func latencies(_ history: History, _ statistics: HistoryStatistics) -> [[String: Any]] {
    guard history.clock != .order else { return [] }
    return Operation.Kind.allCases.compactMap { kind in
      guard let row = statistics.kinds[kind] else { return nil }
      func time(_ part: (Percentiles) -> Int64) -> String {
        row.latency.map { TimeText.duration(nanoseconds: part($0)) } ?? "-"
      }
      return [
        "kind": kind.eventFunction, "count": row.count.description, "p50": time(\.p50), "p90": time(\.p90),
        "p99": time(\.p99), "max": time(\.max),
      ]
    }
  }

  // MARK: Evidence

  /// The order that a verdict rests on: of the first model, in this order of preference, that has one.
  private func tracks(
    _ judgements: [CheckedFile.Judgement], _ narration: Narration
  ) -> (model: Model, tracks: WitnessTracks)? {
    for judgement in judgements {
      guard case .holds(let witness) = judgement.verdict.outcome else { continue }
      if let tracks = WitnessTracks(witness, narration) { return (judgement.verdict.model, tracks) }
    }
    return nil
  }

  /// What the replicas agreed on, and how soon.
  private func agreements(_ judgements: [CheckedFile.Judgement], _ narration: Narration) -> [[String: Any]] {
    for judgement in judgements {
      guard case .holds(.agreement(let agreements)) = judgement.verdict.outcome else { continue }
      return agreements.prefix(Self.agreementsMax).map { agreement in
        [
          "key": narration.key(agreement.key), "value": narration.value(agreement.value),
          "reads": agreement.reads.count.description,
          "converged": agreement.converged.map { TimeText.duration(nanoseconds: $0) } ?? "-",
        ]
      }
    }
    return []
  }

  // MARK: Data

  private func pageData(
    _ history: History, _ tracks: WitnessTracks?, _ told: [CheckedFile.Judgement], _ stories: [JSON]
  ) -> JSON {
    let important = told.flatMap { judgement -> [OperationID] in
      if case .violated(let counterexample) = judgement.verdict.outcome {
        counterexample.operations
      } else {
        []
      }
    }
    // An operation of unknown outcome that the order goes without need not have happened.
    let isPlaced = tracks?.isPlaced(count: history.operations.count)
    let columns = HistoryColumns(history, important: important)
    let table = columns.json { id in
      let operation = history[id]
      return operation.outcome == .fail || operation.kind == .read && !operation.hasResult
        || operation.outcome == .unknown && isPlaced.map { !$0[id.index] } ?? false
    }
    let isEventual = told.contains { $0.verdict.model == .eventual }
    return [
      "clock": history.clock == .order ? "order" : "time",
      "midnight": history.wallClockOffset.flatMap { offset in
        history.operations.first.map { nanosecondsOfDay($0.invoked &+ offset) }
      } ?? nil,
      "history": table,
      "faults": .array(faults(history)),
      "stories": .array(stories),
      "important": .array(Set(important).sorted().prefix(1_000).map { JSON($0.index) }),
      "tracks": tracks?.json ?? [],
      "plots": isBrief || history.clock == .order ? nil : RunPlots(history, isEventual: isEventual).json,
    ]
  }

  private func nanosecondsOfDay(_ time: Int64) -> JSON {
    let day: Int64 = 86_400_000_000_000
    return JSON(((time % day) + day) % day)
  }

  private func faults(_ history: History) -> [JSON] {
    let origin = history.extent.first
    return FaultBand.bands(of: history).map { band in
      [
        "start": JSON(band.start &- origin), "end": band.end.map { JSON($0 &- origin) } ?? nil,
        "text": JSON(band.text),
      ]
    }
  }
}

extension String {
  fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}

extension String {
  /// The text as a part of an address.
  fileprivate var percentEncoded: String {
    utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
