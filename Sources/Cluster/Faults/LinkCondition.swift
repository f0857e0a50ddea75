import Configuration

/// One end of a link: a server, or whatever clients it has.
enum LinkEnd: Hashable, Sendable {
  case server(Int)
  case clients
}

/// What travels from one end to another, over however many connections.
struct LinkPath: Hashable, Sendable {
  let from: LinkEnd
  let to: LinkEnd

  init(from: LinkEnd, to: LinkEnd) {
    self.from = from
    self.to = to
  }

  init(_ link: DirectedLink) {
    self.init(from: .server(link.from), to: .server(link.to))
  }
}

/// What is wrong with what travels over a path.
struct LinkCondition: Hashable, Sendable {
  /// Whether nothing travels: it is held where it is.
  var isCut = false
  /// How much longer it takes, in nanoseconds.
  var delay: Int64 = 0
  /// By how much more or less at most, in nanoseconds.
  var jitter: Int64 = 0
  /// How many bytes travel in a second; nil for as many as there are.
  var bytesPerSecond: Int?

  /// Adds what a fault of a kind does to the links that it concerns. Faults of servers and in an instant do nothing here.
  mutating func add(_ kind: ScheduledFault.Kind) {
    switch kind {
    case .partition: isCut = true
    case .delay(let mean, let jitter):
      delay += mean.nanoseconds
      self.jitter += jitter.nanoseconds
    case .slow(let time): delay += time.nanoseconds
    case .bandwidth(let limit): bytesPerSecond = min(limit, bytesPerSecond ?? .max)
    case .kill, .pause, .loss, .duplicate, .reorder, .clock, .reset, .queue: break
    }
  }
}
