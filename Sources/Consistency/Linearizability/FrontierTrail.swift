import History

/// How each configuration of the frontier search came about: for each a chain of steps, with shared beginnings.
///
/// Only writes are steps. Steps that no configuration needs any more are thrown away whenever they may be the majority, so
/// the memory is that of the living chains: where all configurations have one past, one chain.
struct FrontierTrail {
  /// No step: the beginning.
  static let start: Int32 = -1

  struct Step {
    let previous: Int32
    /// The operation that was placed, or the complement of a class of which one was.
    let placed: Int32
    /// The completion, as a place among the events, for whose sake it was placed.
    let event: Int32
  }

  private var steps: [Step] = []
  private var collectAt = 4096

  /// The memory held, in bytes.
  var bytes: Int { steps.capacity * MemoryLayout<Step>.stride }

  mutating func add(_ placed: Int32, at event: Int, after previous: Int32) -> Int32 {
    steps.append(Step(previous: previous, placed: placed, event: Int32(truncatingIfNeeded: event)))
    return Int32(truncatingIfNeeded: steps.count - 1)
  }

  /// Throws away the steps that do not lead to a configuration of the layer, when there are many.
  mutating func collect(for layer: inout FrontierLayer) {
    guard steps.count >= collectAt else { return }
    var moved = Array(repeating: Self.start, count: steps.count)
    for row in 0..<layer.count where !layer.isDropped(row) {
      var step = layer.trail[row]
      while step != Self.start, moved[Int(step)] == Self.start {
        moved[Int(step)] = 0
        step = steps[Int(step)].previous
      }
    }
    var kept = 0
    for step in steps.indices where moved[step] == 0 {
      let previous = steps[step].previous
      steps[kept] = Step(
        previous: previous == Self.start ? Self.start : moved[Int(previous)], placed: steps[step].placed,
        event: steps[step].event)
      moved[step] = Int32(truncatingIfNeeded: kept)
      kept += 1
    }
    steps.removeLast(steps.count - kept)
    for row in 0..<layer.count where !layer.isDropped(row) && layer.trail[row] != Self.start {
      layer.setTrail(row, moved[Int(layer.trail[row])])
    }
    collectAt = max(4096, 2 * kept)
  }

  /// The steps up to one, first to last.
  func path(to last: Int32) -> [Step] {
    var path: [Step] = []
    var step = last
    while step != Self.start {
      path.append(steps[Int(step)])
      step = steps[Int(step)].previous
    }
    return path.reversed()
  }
}

extension FrontierPlan {
  /// The order of operations that some steps make, with the operations put in that are not steps: those that change
  /// nothing as soon as the register fits, and writes that nobody sees right before another write or where the register
  /// holds their value already.
  ///
  /// - Parameter end: how many events to go through.
  func order(_ path: [FrontierTrail.Step], until end: Int) -> [OperationID] {
    var isStep = Array(repeating: false, count: operations.count)
    for step in path where step.placed >= 0 { isStep[Int(step.placed)] = true }
    var usedOfClass = Array(repeating: 0, count: classes.count)
    var order: [Int32] = []
    var slot = operations.initial[0]
    var observers: [Int32] = []
    var unseen: [Int32] = []
    var next = 0
    for (place, event) in events.prefix(end).enumerated() {
      if event >= 0 {
        switch roles[Int(event)] {
        case .observer:
          if operations.isEnabled(Int(event), at: slot) {
            order.append(event)
          } else {
            observers.append(event)
          }
        case .blindWrite where !isStep[Int(event)]:
          if operations.sets[Int(event)] == slot { order.append(event) } else { unseen.append(event) }
        case .blindWrite, .swap, .optional: break
        }
        continue
      }
      while next < path.count, path[next].event == place {
        var placed = path[next].placed
        next += 1
        if placed < 0 {
          let number = Int(~placed)
          placed = classes[number].members[usedOfClass[number]]
          usedOfClass[number] += 1
        }
        if operations.needs[Int(placed)] == Self.none {
          order.append(contentsOf: unseen)
          unseen.removeAll(keepingCapacity: true)
        }
        order.append(placed)
        slot = operations.sets[Int(placed)]
        order.append(contentsOf: unseen.filter { operations.sets[Int($0)] == slot })
        unseen.removeAll { operations.sets[Int($0)] == slot }
        order.append(contentsOf: observers.filter { operations.isEnabled(Int($0), at: slot) })
        observers.removeAll { operations.isEnabled(Int($0), at: slot) }
      }
    }
    return order.map { operations.ids[Int($0)] }
  }
}
