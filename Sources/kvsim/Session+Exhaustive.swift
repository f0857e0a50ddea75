import Configuration
import Consistency
import Foundation
import Replication
import Reports
import Simulation

extension Session {
  /// Goes through everything that can happen to the configuration.
  func exhaust() throws -> CheckStatus {
    var scope: ExhaustiveScope
    do throws(ExhaustiveScope.Refusal) {
      scope = try ExhaustiveScope(swarm.configuration)
    } catch {
      complain("\(command.config): \(error)")
      return .badData
    }
    scope.model = swarm.model
    scope.limits = swarm.limits
    guard command.kills == 0 || swarm.configuration.replicationProtocol.ordersWrites else {
      complain("\(command.config): \(ExhaustiveScope.Refusal.forgets)")
      return .badData
    }
    scope.losses = command.losses
    scope.duplicates = command.duplicates
    scope.kills = command.kills
    scope.statesMax = command.states
    let clock = ContinuousClock()
    let started = clock.now
    let deadline = command.timeLimit.map { started + $0 }
    let showsProgress = isatty(STDERR_FILENO) != 0 && !command.quiet
    let result = try scope.explore { states in
      if showsProgress { Terminal.progress("\(states) states") }
      return deadline.map { clock.now > $0 } ?? false
    }
    if showsProgress { Terminal.progress("") }
    let seconds = SimulationText.rounded((clock.now - started) / .seconds(1))
    say(
      "\(Quantity.count(result.states, "state")), \(Quantity.count(result.transitions, "transition")), \(seconds) s"
    )
    say(
      "\(Quantity.count(result.histories.count, "distinct history", "distinct histories")); no state is further than \(result.depth) steps away"
    )
    if result.interchangeable > 0 {
      say("\(result.interchangeable) clients are interchangeable with another and begin after it")
    }
    if let failure = result.failure { return try show(failure, .violated) }
    guard result.isExhausted else {
      complain(
        "undecided: cut short after \(result.states) states; allow it more with --states or --time-limit, "
          + "or fewer operations")
      return .undecided
    }
    if result.undecided > 0 {
      complain(
        "undecided: \(result.undecided) histories; allow their verdicts more with --configuration-limit")
      return .undecided
    }
    guard result.isProof else {
      complain("no history proves anything: nothing was written, or nothing read")
      return .undecided
    }
    say("everything within the scope was seen, and every history is \(modelName)")
    return .holds
  }
}
