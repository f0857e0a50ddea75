import KeyValue

/// The servers and links that a fault concerns.
struct Targets {
  let servers: [Int]
  let links: [DirectedLink]

  /// Settles them: as the fault names them, or drawn.
  init(_ fault: ScheduledFault, servers count: Int, _ random: inout SplitMix64) {
    if case .partition(let shape) = fault.kind {
      let named = fault.servers ?? shape.draw(count, &random)
      servers = named
      links = Self.pairs(count).filter { shape.cuts($0, named: named, of: count) }
      return
    }
    switch fault.kind.name.target {
    case .allLinks:
      servers = fault.servers ?? Array(0..<count)
    case .drawnServer, .shape:
      // A clock fault that names clients only leaves the servers' clocks alone.
      if case .clock(_, let clients) = fault.kind, !clients.isEmpty {
        servers = fault.servers ?? []
      } else {
        servers = fault.servers ?? [random.below(count)]
      }
    }
    switch fault.kind {
    case .delay, .loss, .duplicate, .reorder, .reset, .bandwidth, .queue:
      let concerned = servers
      links = Self.pairs(count).filter { concerned.contains($0.from) || concerned.contains($0.to) }
    case .partition, .kill, .pause, .slow, .clock:
      links = []
    }
  }

  /// All links between so many servers, ascending.
  private static func pairs(_ count: Int) -> [DirectedLink] {
    (0..<count).flatMap { from in
      (0..<count).compactMap { to in from == to ? nil : DirectedLink(from: from, to: to) }
    }
  }
}

extension PartitionShape {
  /// The servers that the shape asks for where none are named.
  func draw(_ count: Int, _ random: inout SplitMix64) -> [Int] {
    switch self {
    case .isolate, .oneWay: random.distinct(1, below: count)
    case .halves: random.distinct(count / 2, below: count)
    case .majority: random.distinct(1 + random.below((count - 1) / 2), below: count)
    case .bridge: random.distinct(1, below: count)
    case .ring: []
    }
  }

  /// Whether the shape cuts a link.
  func cuts(_ link: DirectedLink, named: [Int], of count: Int) -> Bool {
    let fromNamed = named.contains(link.from)
    let toNamed = named.contains(link.to)
    switch self {
    case .isolate: return fromNamed || toNamed
    case .halves, .majority: return fromNamed != toNamed
    case .oneWay: return fromNamed && !toNamed
    case .ring:
      let distance = abs(link.from - link.to)
      return distance != 1 && distance != count - 1
    case .bridge:
      guard let bridge = named.first, link.from != bridge, link.to != bridge else { return false }
      // The others, counted on from the bridge, in two halves.
      let half = { (server: Int) in (server - bridge + count) % count - 1 < (count - 1) / 2 }
      return half(link.from) != half(link.to)
    }
  }
}
