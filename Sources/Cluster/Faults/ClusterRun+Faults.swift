import Configuration
import KeyValue
import Replication
import ZeroMQ

// Faults come and go while the clients work.
extension ClusterRun {
  /// Puts the proxy on the links, where there will be faults.
  mutating func openLinks() throws(RunFailure) {
    guard faults.areAny else { return }
    do throws(ZeroMQError) {
      try faults.openLinks(servers: configuration.servers.count)
    } catch {
      throw .links(error.description)
    }
  }

  mutating func beginFaults(_ group: inout TaskGroup<Void>) {
    faults.begin()
    advanceFaults(&group)
  }

  /// Begins and ends what is due, and has itself called again when the next is.
  mutating func advanceFaults(_ group: inout TaskGroup<Void>) {
    while true {
      switch faults.takeChange() {
      case .begins(let fault):
        begin(fault, &group)
      case .ends(let fault):
        noteFault(fault, isStart: false)
        apply(fault, isStart: false, &group)
      case .later(let time):
        let events = events
        group.addTask {
          try? await Task.sleep(for: time)
          events.yield(.faultsDue)
        }
        return
      case .never: return
      }
    }
  }

  /// Ends all faults: links carry everything, and servers go on. Those that are down are started anew.
  mutating func endFaults(_ group: inout TaskGroup<Void>) {
    guard faults.areAny, faults.start != nil else { return }
    for fault in faults.end() {
      noteFault(fault, isStart: false)
      apply(fault, isStart: false, &group)
    }
    note("nemesis", "heal", nil)
  }

  /// Ends all faults and waits until every server serves again.
  mutating func heal(_ group: inout TaskGroup<Void>) async throws(RunFailure) {
    endFaults(&group)
    if faults.areAny { try await passReady(Array(configuration.servers.indices), &group) }
  }

  private mutating func begin(_ fault: FaultOccurrence, _ group: inout TaskGroup<Void>) {
    guard case .kill = fault.kind else {
      noteFault(fault, isStart: true)
      return apply(fault, isStart: true, &group)
    }
    // The history tells which servers were killed, and which were not.
    let spared = fault.servers.filter { !kill($0) }
    noteFault(fault, isStart: true, spared: spared)
  }

  private mutating func noteFault(_ fault: FaultOccurrence, isStart: Bool, spared: [Int] = []) {
    var details = fault.details(isStart: isStart)
    if !spared.isEmpty, var object = details.object {
      object["spared"] = .array(spared.map { JSON($0) })
      details = .object(object)
    }
    note("nemesis", fault.kind.name.rawValue, details)
  }

  private mutating func apply(_ fault: FaultOccurrence, isStart: Bool, _ group: inout TaskGroup<Void>) {
    switch fault.kind {
    case .pause:
      for server in fault.servers {
        // One that is only starting is paused when it has its ports.
        if let isPaused = faults.pause(server, by: isStart ? 1 : -1), bound.contains(.server(server)) {
          children[.server(server)]?.pause(isPaused)
        }
      }
    case .kill:
      for server in fault.servers where !isStart && faults.kills[server, default: KillCount()].end() {
        restartIfDue(.server(server), &group)
      }
    case .reset:
      if isStart { faults.resetConnections(of: fault) }
    case .partition, .slow, .delay, .bandwidth:
      if !isStart, faults.losesWhatItHeld(fault) { faults.resetConnections(of: fault) }
      faults.setConditions()
    case .loss, .duplicate, .reorder, .clock, .queue: break  // refused before anything starts
    }
  }

  /// Kills a server, unless no other is known to have kept what the cluster knows.
  ///
  /// - Returns: whether it is down.
  private mutating func kill(_ number: Int) -> Bool {
    let name = ChildName.server(number)
    let isLast = !configuration.servers.indices.contains {
      $0 != number && !faults.isDown($0) && ready.contains(.server($0))
    }
    guard faults.kills[number, default: KillCount()].begin(isSpared: isLast) else {
      return faults.isDown(number)
    }
    condemned.insert(name)
    ready.remove(name)
    bound.remove(name)
    faults.displace(number)
    children[name]?.kill()
    return true
  }

  /// Starts a server anew that was killed, once it has ended and no fault keeps it down any more.
  mutating func restartIfDue(_ name: ChildName, _ group: inout TaskGroup<Void>) {
    guard !isStopping, case .server(let number) = name, condemned.contains(name), ended[name] != nil,
      !faults.isDown(number)
    else { return }
    condemned.remove(name)
    ended[name] = nil
    bound.remove(name)
    // Where the system may choose, it chooses anew: somebody else may have got the old ports meanwhile.
    startServer(number, configuration.servers[number], &group)
  }
}
