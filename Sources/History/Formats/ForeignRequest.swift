/// What an operation of a recording made elsewhere asks for, and where its key and value stand.
enum ForeignRequest: Equatable {
  case read
  case write
  case compareAndSet
  /// Takes a lock.
  case acquire
  /// Gives a lock back.
  case release
  /// A transaction of one micro-operation `[:r key value]` or `[:w key value]`, which is that operation.
  case transaction([EDN], isWrite: Bool)

  /// Understands an event.
  ///
  /// - Parameter isCompletion: whether the value may be anything, as that of an operation that failed may.
  /// - Throws: the reason why it cannot be represented as an operation on one register.
  init(_ event: ForeignEvent, isCompletion: Bool = false) throws(LineFault) {
    switch event.function {
    case "read", "get", "r": self = .read
    case "write", "put", "set", "w": self = .write
    case "cas", "compare-and-set": self = .compareAndSet
    case "acquire", "lock": self = .acquire
    case "release", "unlock": self = .release
    case "txn":
      if isCompletion, event.value?.elements?.isEmpty != false {
        self = .transaction([], isWrite: false)
      } else {
        self = try Self.transaction(event)
      }
    case "append":
      throw LineFault(
        ":append extends a value instead of replacing it; a register has no such operation, and to leave it out or to take it for a write would make the verdict false. Record :put and :get instead, or ask a checker that has a string for its model, as Porcupine's own test does"
      )
    case "":
      throw LineFault("an operation needs an :f, such as :read")
    default:
      throw LineFault(
        ":\(event.function) is no operation on a register; those are :read, :write and :cas (or :get, :put, :set), :acquire and :release"
      )
    }
  }

  private static func transaction(_ event: ForeignEvent) throws(LineFault) -> ForeignRequest {
    let steps = event.value?.elements ?? []
    guard steps.count == 1 else {
      throw LineFault(
        "this transaction does \(steps.count) operations at one instant; registers are checked one by one, which says nothing about transactions. Only those of a single operation can be read"
      )
    }
    guard let step = steps[0].elements, step.count == 3, case .keyword(let name) = step[0] else {
      throw LineFault("an operation of a transaction is [:r key value] or [:w key value]")
    }
    switch name {
    case "r", "read": return .transaction(step, isWrite: false)
    case "w", "write": return .transaction(step, isWrite: true)
    default: throw LineFault(":\(name) in a transaction is no operation on a register, as :r and :w are")
    }
  }

  /// The kind of operation this becomes; nil when it is not known.
  var kind: Operation.Kind? {
    switch self {
    case .read: .read
    case .write: .write
    case .compareAndSet, .acquire, .release: .compareAndSet
    case .transaction(let step, let isWrite): step.isEmpty ? nil : isWrite ? .write : .read
    }
  }

  /// Whether it concerns a lock.
  var isLock: Bool { self == .acquire || self == .release }

  /// Where an invocation names its key; nil for a transaction, which always names it in its own way.
  func keying(_ event: ForeignEvent) -> ForeignRecording.Keying? {
    if case .transaction = self { return nil }
    if event.key != nil { return .member }
    guard let elements = event.value?.elements, elements.count == 2 else { return .nowhere }
    if self == .compareAndSet, elements[1].elements?.count != 2 { return .nowhere }
    return .tuple
  }

  /// The key, if the operation names one, and the value.
  func split(
    _ event: ForeignEvent, _ keying: ForeignRecording.Keying
  ) throws(LineFault) -> (key: EDN?, value: EDN?) {
    if case .transaction(let step, _) = self, step.count == 3 { return (step[1], step[2]) }
    switch keying {
    case .nowhere: return (nil, event.value)
    case .member:
      guard event.key != nil || event.kind != .invoke else { throw LineFault("this operation names no :key") }
      return (event.key, event.value)
    case .tuple:
      guard let tuple = event.value?.elements, tuple.count == 2 else {
        throw LineFault("the :value of this file's operations is a tuple [key value]")
      }
      return (tuple[0], tuple[1])
    }
  }
}
