import Certificate
import Consistency
public import History

/// Judges a history, and validates what was judged before anything is told.
extension CheckCommand {
  /// Reads and judges one file.
  public func checkFile(_ file: String) -> CheckedFile {
    defer { progress(nil) }
    progress("reading \(file.printable)")
    let history: History
    var memory: HistoryReader.Memory?
    if let inUse = options.memoryInUse, let most = options.allowance.memoryBytes {
      memory = HistoryReader.Memory(bytesMax: most, inUse: inUse)
    }
    do {
      history = try HistoryReader(options.reader, memory: memory).read(path: file)
    } catch {
      return CheckedFile(file: file, outcome: .unreadable(error))
    }
    return checkHistory(history, file: file)
  }

  /// Judges a history that is in memory: by the models asked for; when none was, by all, of which the level that the
  /// history declares counts for the status, and all count when it declares none.
  public func checkHistory(_ history: History, file: String) -> CheckedFile {
    var models = options.models
    if models.isEmpty, let level = history.run?.level {
      guard let model = Model(named: level) else {
        let reason = "it declares the level \"\(level)\", which is not known here. " + Self.remedy
        return CheckedFile(file: file, outcome: .noModel(reason))
      }
      models = [model]
    }
    func tell(_ model: Model) { progress("checking \(file.printable): \(model)") }
    var judgements: [CheckedFile.Judgement]
    var staleness: Staleness?
    if options.models.isEmpty {
      let spectrum = Spectrum(
        of: history, limits: { [options] in options.limits }, measuresStaleness: true, willDecide: tell,
        decide: judge)
      staleness = spectrum.staleness
      judgements = spectrum.entries.map { entry in
        CheckedFile.Judgement(
          verdict: entry.verdict, elapsed: entry.elapsed, follows: entry.follows,
          isAsked: models.isEmpty || models.contains(entry.verdict.model))
      }
    } else {
      let prepared = PreparedHistory(history)
      judgements = models.map { model in
        let start = ContinuousClock.now
        tell(model)
        let verdict = judge(prepared, model, options.limits)
        return CheckedFile.Judgement(verdict: verdict, elapsed: ContinuousClock.now - start)
      }
    }
    progress("validating the verdicts on \(file.printable)")
    do {
      judgements = try validated(judgements, history)
    } catch {
      return CheckedFile(file: file, outcome: .fault(error.description))
    }
    // Of a linearizable history there is no staleness to measure.
    let isStale = judgements.contains { $0.verdict.model == .linearizable && $0.verdict.isViolated }
    if options.models.isEmpty, isStale, staleness == nil {
      progress("measuring how stale \(file.printable) is")
      staleness = Consistency.staleness(of: history, limits: options.limits)
    }
    return CheckedFile(file: file, outcome: .judged(history, judgements), staleness: staleness)
  }

  /// The judgements, each of which carries a proof that stands or says that it was not validated.
  private func validated(
    _ judgements: [CheckedFile.Judgement], _ history: History
  ) throws(ProofFault) -> [CheckedFile.Judgement] {
    var verifier = Verifier(history)
    var validated = judgements
    // What follows from another verdict rests on that one, wherever it stands.
    for isDerived in [false, true] {
      for place in judgements.indices where (judgements[place].follows != nil) == isDerived {
        let judgement = judgements[place]
        if case .undecided = judgement.verdict.outcome { continue }
        let start = ContinuousClock.now
        let stop = reasonToStop(
          before: options.allowance.time.map { start.advanced(by: $0 - judgement.elapsed) })
        if let reason = stop(Claim.bytes(judgement.verdict, follows: judgement.follows)) {
          validated[place] = judgement.warning("not validated independently: \(reason)")
          continue
        }
        guard let claim = Claim(judgement.verdict, follows: judgement.follows) else {
          if judgement.verdict.isViolated {
            validated[place] = judgement.warning(
              "not validated independently: a limit left no room for the proof")
          }
          continue
        }
        verifier.limit(stop)
        do {
          let finding = try verify(claim, &verifier)
          validated[place] = judgement.taking(longer: ContinuousClock.now - start)
          guard case .beyondReach(let reason) = finding else { continue }
          validated[place] = validated[place].warning("not validated independently: \(reason)")
        } catch {
          throw ProofFault(claim: claim, objection: error)
        }
      }
    }
    return validated
  }

  /// Says why to stop what was begun once the verdicts were found, given how many more bytes it wants; nil to go on.
  /// Validating a verdict may cost what finding it left of its limits.
  func reasonToStop(before deadline: ContinuousClock.Instant?) -> (_ bytesWanted: Int) -> String? {
    let (inUse, most) = (options.memoryInUse, options.allowance.memoryBytes ?? .max)
    return { wanted in
      if let deadline, ContinuousClock.now >= deadline { return "the time limit left no room for it" }
      guard let inUse else { return nil }
      let (sum, isTooMuch) = inUse(wanted).addingReportingOverflow(wanted)
      return isTooMuch || sum > most ? "the memory limit left no room for it" : nil
    }
  }

  private static var remedy: String {
    "Name what to check with --model (\(Model.allCases.map(\.rawValue).joined(separator: ", ")))."
  }
}
