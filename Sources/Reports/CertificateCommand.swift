import Certificate
public import History
import KeyValue

/// Verifies a certificate against the history that it is about: what `kvcheck verify-certificate` does, apart from its
/// command line.
public struct CertificateCommand {
  /// The certificate; "-" is standard input.
  public let certificate: String
  /// The history; "-" is standard input.
  public let history: String
  /// How to read the history.
  public let reader: HistoryReader.Options
  /// Takes text for standard output.
  public let print: (String) -> Void
  /// Takes text for standard error.
  public let complain: (String) -> Void

  /// Makes a command.
  public init(
    certificate: String, history: String, reader: HistoryReader.Options = .init(),
    print: @escaping (String) -> Void, complain: @escaping (String) -> Void
  ) {
    self.certificate = certificate
    self.history = history
    self.reader = reader
    self.print = print
    self.complain = complain
  }

  /// Does it.
  ///
  /// - Returns: `holds` when everything that the certificate claims is proved, `violated` when something is not, or when it
  ///   is about another history; `undecided` when verifying would have cost too much, or nothing is claimed.
  public func run() -> CheckStatus {
    let history: History
    let file: CertificateFile
    do {
      let reader = HistoryReader(reader)
      history = try reader.read(path: self.history)
      file = try CertificateFile(reader.bytes(of: certificate), about: history)
    } catch let error as HistoryError {
      complain("kvcheck: \(error.description.printable)\n")
      return error.isUnreachable ? .noInput : .badData
    } catch let fault as CertificateFile.Fault {
      complain("kvcheck: \(certificate.printable):\(fault.line):\(fault.column): \(fault.reason.printable)\n")
      return .badData
    } catch {
      complain("kvcheck: \(String(describing: error).printable)\n")
      return .fault
    }
    if let difference = file.mismatch(with: history) {
      complain("kvcheck: \(certificate.printable) is not about \(self.history.printable): \(difference)\n")
      return .violated
    }
    guard !file.claims.isEmpty else {
      complain("kvcheck: \(certificate.printable) claims nothing\n")
      return .undecided
    }
    return verify(file, history)
  }

  private func verify(_ file: CertificateFile, _ history: History) -> CheckStatus {
    var verifier = Verifier(history)
    var table = Table(["model", "claim", "evidence", "result"])
    var statuses: [CheckStatus] = []
    var objections: [String] = []
    for claim in file.claims {
      let result: String
      do throws(Objection) {
        switch try verifier.verify(claim) {
        case .proved:
          result = "proved"
          statuses.append(.holds)
        case .beyondReach(let reason):
          result = "not verified"
          statuses.append(.undecided)
          objections.append("\(claim.model) was not verified: \(reason).")
        }
      } catch {
        result = "NOT PROVED"
        statuses.append(.violated)
        objections.append("\(claim.model) is not proved: \(error.description).")
      }
      table.append([claim.model.rawValue, claim.holds ? "holds" : "violated", claim.evidence.summary, result])
    }
    print(table.text)
    if !objections.isEmpty { print("\n" + objections.map { $0.printable + "\n" }.joined()) }
    return CheckStatus.worst(statuses)
  }
}

extension Evidence {
  /// What the evidence is, in few words.
  fileprivate var summary: String {
    func count(_ number: Int, _ one: String, _ many: String) -> String {
      "\(number) \(number == 1 ? one : many)"
    }
    switch self {
    case .order(let order): return "one order of \(count(order.count, "operation", "operations"))"
    case .orderOfEachKey(let orders):
      let operations = orders.reduce(0) { $0 + $1.operations.count }
      return
        "orders of \(count(orders.count, "key", "keys")), \(count(operations, "operation", "operations"))"
    case .orderOfEachProcess(let orders, let common):
      let own = "orders of \(count(orders.count, "process", "processes"))"
      return common.isEmpty
        ? own : "one order of \(count(common.count, "operation", "operations")), \(own)"
    case .readsFrom(let sources, _):
      return "the sources of \(count(sources.reads.count, "operation", "operations"))"
    case .arbitration(let order, _):
      return "one order of \(count(order.count, "operation", "operations")), and their sources"
    case .agreement(let agreements): return "the final reads of \(count(agreements.count, "key", "keys"))"
    case .core(let core):
      return "\(count(core.operations.count, "operation", "operations")) that contradict it"
    case .follows(let model, _): return "follows from \(model)"
    }
  }
}
