private import CCaDiCaL

/// A SAT solver: CaDiCaL (Biere, Fazekas, Fleury, Heisinger, *CaDiCaL, Kissat, Paracooba, Plingeling and Treengeling
/// Entering the SAT Competition 2020*), to which clauses are added between one question and the next.
///
/// Variables are numbered from 1; a literal is a variable or its negative. The solver begins by trying every variable as
/// true, so whoever makes variables says by their sense what is likely. It asks a ``Budget`` on its way, each time for one
/// configuration, and is as deterministic as that.
struct SATSolver: ~Copyable {
  enum Answer {
    case satisfiable
    case unsatisfiable
    case limit(Limits.Kind)
  }

  /// What a solver at work asks whether to go on.
  private final class Watch {
    /// How many steps of a ``Budget`` the work between two questions counts for: some tens of decisions or conflicts.
    static let stepsPerQuestion = 64

    let budget: Budget
    var reached: Limits.Kind?

    init(_ budget: Budget) {
      self.budget = budget
    }

    func look() -> Bool {
      reached = reached ?? budget.spend() ?? budget.reached(after: Self.stepsPerQuestion)
      return reached != nil
    }
  }

  /// What a solver holds before it is given anything, in bytes.
  private static let bytesAtFirst = 1_000_000
  /// What a literal of a clause takes in a solver with all that is kept about it, in bytes.
  private static let bytesPerLiteral = 40

  private let raw: OpaquePointer
  /// How many literals were added since the memory was looked at.
  private var unweighed = 0
  /// What it holds, in bytes, as far as that was looked at.
  private var held = 0
  /// What it answered, as long as nothing is added.
  private var answer: Answer?

  init(_ budget: Budget) throws(LimitReached) {
    try budget.ask(for: Self.bytesAtFirst)
    guard let raw = ccadical_init() else { throw LimitReached(kind: .memory) }
    self.raw = raw
    ccadical_set_option(raw, "quiet", 1)
    // It would try all variables as false before it tries what is likely.
    ccadical_set_option(raw, "lucky", 0)
  }

  deinit { ccadical_release(raw) }

  /// Adds a clause: one of its literals has to hold.
  mutating func add(_ clause: some Collection<Int32>, _ budget: Budget) throws(LimitReached) {
    answer = nil
    unweighed += clause.count + 1
    if unweighed > 4_096 {
      held += unweighed * Self.bytesPerLiteral
      guard budget.hasRoom(for: unweighed * Self.bytesPerLiteral, beside: held) else {
        throw LimitReached(kind: .memory)
      }
      unweighed = 0
    }
    try budget.look(after: clause.count)
    for literal in clause { ccadical_add(raw, literal) }
    ccadical_add(raw, 0)
  }

  /// Looks for values of all variables with which every clause holds, and the literals assumed.
  mutating func solve(assuming literals: some Collection<Int32> = [], _ budget: Budget) -> Answer {
    for literal in literals { ccadical_assume(raw, literal) }
    let watch = Watch(budget)
    let status = withExtendedLifetime(watch) {
      ccadical_set_terminate(raw, Unmanaged.passUnretained(watch).toOpaque()) { watch in
        guard let watch else { return 0 }
        return Unmanaged<Watch>.fromOpaque(watch).takeUnretainedValue().look() ? 1 : 0
      }
      defer { ccadical_set_terminate(raw, nil, nil) }
      return ccadical_solve(raw)
    }
    let answer: Answer =
      switch status {
      case 10: .satisfiable
      case 20: .unsatisfiable
      // It gives up for no other reason than that it was told to.
      default: .limit(watch.reached ?? .memory)
      }
    self.answer = answer
    return answer
  }

  /// Whether a literal holds in the values found, if that was the answer.
  func isTrue(_ literal: Int32) -> Bool {
    if case .satisfiable = answer { ccadical_val(raw, literal) > 0 } else { false }
  }

  /// Whether an assumed literal was needed to show that there are no values, if that was the answer.
  func hasFailed(_ literal: Int32) -> Bool {
    if case .unsatisfiable = answer { ccadical_failed(raw, literal) != 0 } else { false }
  }
}
