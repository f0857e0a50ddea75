import Foundation

/// How many files a launcher may have open: every child takes some of them, for its input, its outputs and itself.
public enum OpenFiles {
  /// What one child takes at most, and what the launcher takes besides.
  private static let perChild = 6
  private static let ownShare = 64

  /// Raises this process's limit to what so many children need, where the system allows it.
  ///
  /// To run out of descriptors in the middle of a start is not an error that can be answered well.
  ///
  /// - Parameter further: how many this process itself opens for other ends.
  /// - Returns: why they cannot be had and what to do, as a sentence; nil when they can.
  public static func allow(children: Int, further: Int = 0) -> String? {
    let needed = rlim_t(ownShare + perChild * children + further)
    guard let allowed = allowed(ifNot: needed) else { return nil }
    return "\(children) processes need up to \(needed) open files, and only \(allowed) are allowed here; "
      + "start fewer servers and clients, or allow more with `ulimit -n \(needed)`"
  }

  /// Raises this process's limit to what so many parts of a recording need, where the system allows it.
  ///
  /// - Returns: why they cannot be had and what to do, as a sentence; nil when they can.
  static func allow(parts: Int) -> String? {
    let needed = rlim_t(ownShare + parts)
    guard let allowed = allowed(ifNot: needed) else { return nil }
    return "\(parts) parts need \(needed) open files, and only \(allowed) are allowed here; "
      + "allow more with `ulimit -n \(needed)`"
  }

  /// How many are allowed if not so many, nor can be.
  private static func allowed(ifNot needed: rlim_t) -> rlim_t? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < needed else { return nil }
    let allowed = limit.rlim_max
    limit.rlim_cur = needed
    return needed <= allowed && setrlimit(resource, &limit) == 0 ? nil : allowed
  }

  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif
}
