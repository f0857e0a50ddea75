import KeyValue

/// What keys hold, in the order in which the keys came. The place of a key never changes, so a store can be told piece by
/// piece while it goes on changing.
struct Store: Sendable {
  private var places: [Key: Int] = [:]
  /// The keys and what they hold.
  private(set) var entries: [Account.Entry] = []

  init(_ initial: [Key: Value] = [:]) {
    for (key, value) in initial.sorted(by: { $0.key < $1.key }) { set(key, value, nil) }
  }

  /// What a key holds; nil where it was never set.
  subscript(key: Key) -> Account.Entry? { places[key].map { entries[$0] } }

  /// Sets a key.
  ///
  /// - Parameter stamp: that of the write; nil for what it held at first.
  mutating func set(_ key: Key, _ value: Value, _ stamp: Stamp?) {
    if let place = places[key] {
      entries[place].value = value
      entries[place].stamp = stamp
    } else {
      places[key] = entries.count
      entries.append(Account.Entry(key: key, value: value, stamp: stamp))
    }
  }

  /// Sets what the entries say.
  mutating func set(_ entries: [Account.Entry]) {
    for entry in entries { set(entry.key, entry.value, entry.stamp) }
  }

  /// The entries from a place on, as many as have so many bytes; at least one, if there is one.
  func piece(from place: Int, bytes: Int) -> [Account.Entry] {
    guard place >= 0, place < entries.count else { return [] }
    return Array(entries[place...].prefix(bytes: bytes) { $0.byteCount })
  }
}

/// Equal stores hold the same, whatever the order in which their keys came.
extension Store: Hashable {
  static func == (left: Store, right: Store) -> Bool {
    left.entries.count == right.entries.count && left.entries.allSatisfy { right[$0.key] == $0 }
  }

  func hash(into hasher: inout Hasher) {
    var sum = 0
    for entry in entries { sum &+= entry.hashValue }
    hasher.combine(sum)
  }
}

extension Collection {
  /// As many of the first elements as have so many bytes together; at least one, if there is one.
  func prefix(bytes bytesMax: Int, _ byteCount: (Element) -> Int) -> SubSequence {
    var bytes = 0
    return prefix { element in
      defer { bytes += byteCount(element) }
      return bytes == 0 || bytes + byteCount(element) <= bytesMax
    }
  }
}
