import ArgumentParser
import Consistency
import History
import Reports

/// Texts of the command line as what they stand for, or as a complaint.
enum Arguments {
  static func validate(files: [String]) throws {
    if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read only once") }
  }

  static func models(_ text: String) throws -> [Model] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let model = Model(named: String(name)) else {
        let names = Model.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\"\(String(name).printable)\" is not a model; the models are \(names)")
      }
      return model
    }
  }

  static func bytes(_ text: String) throws -> Int {
    guard let bytes = Quantity.bytes(text) else {
      throw ValidationError("\"\(text.printable)\" is not a size; write 512MB or 4GB")
    }
    return bytes
  }

  /// A part of a whole, from 0 to 1, in millionths.
  static func perMillion(_ text: String) throws -> Int {
    guard let share = Double(text), (0...1).contains(share) else {
      throw ValidationError("\"\(text.printable)\" is not a share; write a number from 0 to 1, such as 0.05")
    }
    return Int((share * 1_000_000).rounded())
  }

  /// Says what went wrong with a file, and with which status to end for it.
  static func report(_ error: any Error) -> CheckStatus {
    switch error {
    case let error as HistoryError:
      Terminal.complain(error.description, command: "kvcheck")
      return error.isUnreachable ? .noInput : .badData
    case let error as ReportFolder.Failure:
      Terminal.complain(error.description, command: "kvcheck")
      return .cannotCreate
    default:
      Terminal.complain(String(describing: error), command: "kvcheck")
      return .fault
    }
  }
}
