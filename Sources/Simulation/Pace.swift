import Configuration

/// How long things take, in nanoseconds: the settings of a simulation as the numbers that events are planned by.
struct Pace {
  let latency: Int64
  let jitter: Int64
  let turn: Int64
  let tick: Int64
  let think: Int64
  let clockStep: Int64

  init(_ settings: SimulationSettings) {
    latency = settings.latency.nanoseconds
    jitter = settings.jitter.nanoseconds
    turn = settings.turn.nanoseconds
    tick = settings.tick.nanoseconds
    think = settings.think.nanoseconds
    clockStep = settings.clockStep.nanoseconds
  }
}
