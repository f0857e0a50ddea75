/// A notation in which histories are recorded.
public enum HistoryFormat: String, Sendable, Hashable, CaseIterable {
  /// One JSON object a line: this package's own format, and any with the same member names.
  case jsonLines = "jsonl"
  /// Operation maps in EDN as Jepsen and Knossos store them: in one vector or list, or one after another.
  case jepsenEDN = "jepsen-edn"
  /// What Jepsen and Knossos print: `INFO  jepsen.util - 0 :invoke :cas [1 2]`.
  case jepsenLog = "jepsen-log"
  /// One EDN map a line with `:key`, `:f :put` and `:f :get`, as Porcupine's key-value tests have them.
  case porcupine

  /// What a read of `nil` means where nobody says.
  ///
  /// Knossos' register treats such a read as one whose result is not known, and its data rely on that; the logs and
  /// Porcupine's records have it where the key was absent; in ours `null` is a value like any other.
  public var nilReadDefault: NilRead {
    self == .jepsenEDN ? .unknown : .absent
  }
}

/// What a read that returned `nil` tells.
public enum NilRead: String, Sendable, Hashable, CaseIterable {
  /// Nothing: the result is not known.
  case unknown
  /// That the key held nothing.
  case absent
}

/// What a compare-and-set that ended with `fail` tells.
public enum FailedCompareAndSet: String, Sendable, Hashable, CaseIterable {
  /// That it had no effect, for whatever reason. The default for every format.
  case noEffect = "no-effect"
  /// That the value differed from the expected one.
  case mismatch
}
