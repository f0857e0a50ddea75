/// Something that can happen next.
enum ExhaustiveStep: Hashable {
  /// A client begins an operation, while its server's wall clock runs late or early.
  case invoke(operation: Int, isLate: Bool)
  /// The first message of a lane arrives.
  case deliver(lane: Int)
  /// The first message of a lane is lost.
  case lose(lane: Int)
  /// The first message of a lane arrives, and will once more, at any time.
  case duplicate(lane: Int)
  /// A server is killed and started anew without its memory, told or not told that it was here before.
  case kill(server: Int, isTold: Bool)
  /// A server ends its turn.
  case endTurn(server: Int)
  /// A server that waits is told that time has passed.
  case tick(server: Int)

  /// The step as a number.
  var code: UInt32 {
    let (kind, subject) =
      switch self {
      case .invoke(let operation, let isLate): (isLate ? 1 : 0, operation)
      case .deliver(let lane): (2, lane)
      case .lose(let lane): (3, lane)
      case .endTurn(let server): (4, server)
      case .tick(let server): (5, server)
      case .duplicate(let lane): (6, lane)
      case .kill(let server, let isTold): (7, 2 * server + (isTold ? 1 : 0))
      }
    return UInt32(subject) << 3 | UInt32(kind)
  }

  /// The step of a number.
  init(code: UInt32) {
    let subject = Int(code >> 3)
    switch code & 7 {
    case 0: self = .invoke(operation: subject, isLate: false)
    case 1: self = .invoke(operation: subject, isLate: true)
    case 2: self = .deliver(lane: subject)
    case 3: self = .lose(lane: subject)
    case 4: self = .endTurn(server: subject)
    case 5: self = .tick(server: subject)
    case 6: self = .duplicate(lane: subject)
    default: self = .kill(server: subject / 2, isTold: subject % 2 == 1)
    }
  }
}

/// How far an operation has come, in a number: whether it has begun and ended, which others had ended when it began, and
/// how it ended.
enum Progress {
  static let notBegun: UInt64 = 0
  private static let begunBit: UInt64 = 1 << 62
  private static let doneBit: UInt64 = 1 << 63

  static func begun(earlier: UInt32) -> UInt64 { begunBit | UInt64(earlier) }

  static func done(_ begun: UInt64, _ result: UInt32) -> UInt64 {
    doneBit | UInt64(result) << 32 | UInt64(earlier(begun))
  }

  static func isDone(_ progress: UInt64) -> Bool { progress & doneBit != 0 }

  static func earlier(_ progress: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: progress) }

  static func result(_ progress: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: (progress & ~doneBit) >> 32) }

  /// Those of some operations whose ends are known, a bit each.
  static func ended(_ all: [UInt64], unknown: UInt32?) -> UInt32 {
    all.indices.reduce(0) { isDone(all[$1]) && result(all[$1]) != unknown ? $0 | 1 << UInt32($1) : $0 }
  }
}
