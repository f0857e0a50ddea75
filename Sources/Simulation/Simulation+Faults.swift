import Configuration
import History
import KeyValue
import Replication

/// Faults come and go.
extension Simulation {
  mutating func planNextFault() {
    nextFault = plan.next()
    if let nextFault { agenda.plan(.faultStart, at: nextFault.start.nanoseconds) }
  }

  mutating func beginFault() {
    guard part == .load, let fault = nextFault else { return }
    let index = faults.count
    faults.append(fault)
    faultsInForce.append(index)
    statistics.faults[fault.kind.name, default: 0] += 1
    record(fault, isStart: true)
    apply(fault, sign: 1)
    if fault.kind.name == .reset {
      endFault(index)
    } else if let end = fault.end {
      agenda.plan(.faultEnd, at: end.nanoseconds, subject: index)
    }
    planNextFault()
  }

  mutating func endFault(_ index: Int) {
    guard let place = faultsInForce.firstIndex(of: index) else { return }
    faultsInForce.remove(at: place)
    record(faults[index], isStart: false)
    apply(faults[index], sign: -1)
  }

  mutating func endAllFaults() {
    for index in faultsInForce { endFault(index) }
    guard !faults.isEmpty else { return }
    builder.add(Fault(time: time, process: "nemesis", name: "heal", details: nil))
  }

  private mutating func record(_ fault: FaultOccurrence, isStart: Bool) {
    builder.add(
      Fault(
        time: time, process: "nemesis", name: fault.kind.name.rawValue,
        details: fault.details(isStart: isStart)))
    if isTraced { trace.append(TraceEvent(time: time, kind: .fault(fault, isStart: isStart))) }
  }

  /// Begins a fault, or ends it.
  private mutating func apply(_ fault: FaultOccurrence, sign: Int) {
    switch fault.kind {
    case .partition, .delay, .loss, .duplicate, .reorder, .bandwidth, .queue:
      for link in fault.links { setTrouble(link) }
    case .reset:
      for link in fault.links where sign > 0 { resetLink(link.from, link.to) }
    case .slow(let time):
      for server in fault.servers { servers[server].slowness += Int64(sign) * time.nanoseconds }
    case .clock(let skew, let clients):
      for server in fault.servers { servers[server].skew += Int64(sign) * skew.nanoseconds }
      for client in clients {
        clientSkews.append((time, Int32(truncatingIfNeeded: client), Int64(sign) * skew.nanoseconds))
      }
    case .pause:
      for server in fault.servers {
        servers[server].pauses += sign
        goOn(server)
      }
    case .kill:
      for server in fault.servers {
        if sign > 0 { kill(server) } else { endKill(server) }
        goOn(server)
      }
    }
  }

  /// Settles what is wrong with a link, of all faults in force.
  private mutating func setTrouble(_ link: DirectedLink) {
    var trouble = Link.Trouble()
    for index in faultsInForce where faults[index].links.contains(link) { trouble.add(faults[index].kind) }
    links[link.from * servers.count + link.to].trouble = trouble
  }

  mutating func resetLink(_ from: Int, _ to: Int) {
    links[from * servers.count + to].epoch += 1
  }

  /// A server that stands still no longer takes what has arrived meanwhile.
  private mutating func goOn(_ server: Int) {
    guard !servers[server].isStill else { return }
    let held = servers[server].held
    servers[server].held = []
    for event in held {
      agenda.plan(event.kind, at: time, subject: Int(event.subject), place: Int(event.place))
    }
    if servers[server].owesTurnEnd {
      servers[server].owesTurnEnd = false
      agenda.plan(.turnEnd, at: time, subject: server)
    }
  }
}
