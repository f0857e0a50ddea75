import KeyValue

extension FaultSchedule.Entry {
  /// The entry as a configuration writes it.
  var json: JSON {
    switch self {
    case .fault(let fault): fault.json
    case .random(let random): random.json
    }
  }
}

extension ScheduledFault {
  /// The fault as a configuration writes it.
  var json: JSON {
    var object: JSONObject = ["fault": JSON(kind.name.rawValue)]
    for member in kind.parameters.members { object.append(member) }
    object["servers"] = servers.map { .array($0.map { JSON($0) }) }
    object["at"] = JSON(start)
    object["for"] = duration.map { JSON($0) }
    object["every"] = period.map { JSON($0) }
    object["times"] = times.map { JSON($0) }
    return .object(object)
  }
}

extension ScheduledFault.Kind {
  /// What a configuration says of the kind beside servers and times; a history's `nemesis` events say it, too.
  var parameters: JSONObject {
    switch self {
    case .partition(let shape): ["shape": JSON(shape.rawValue)]
    case .kill, .pause, .reset: [:]
    case .slow(let time): ["by": JSON(time)]
    case .delay(let mean, let jitter): ["mean": JSON(mean), "jitter": JSON(jitter)]
    case .loss(let share), .duplicate(let share): ["probability": JSON(share.fraction)]
    case .reorder(let share, let time): ["probability": JSON(share.fraction), "by": JSON(time)]
    case .clock(let skew, let clients):
      ["skew": JSON(skew), "clients": .array(clients.map { JSON($0) })]
    case .bandwidth(let bytes): ["bytes_per_second": JSON(bytes)]
    case .queue(let messages): ["messages": JSON(messages)]
    }
  }
}

extension RandomFaults {
  /// The entry as a configuration writes it.
  var json: JSON {
    var object: JSONObject = [
      "fault": "random", "kinds": .array(kinds.map { JSON($0.rawValue) }), "at": JSON(start),
      "for": JSON(duration), "every": JSON(period),
    ]
    object["times"] = times.map { JSON($0) }
    return .object(object)
  }
}
