import CProcess

/// How much memory this process holds, and what keeps it within its limit.
enum ProcessMemory {
  /// The memory in use, in bytes. What the allocator keeps of what was freed is given back first if with what is wanted it
  /// would exceed a limit.
  static func inUse(wanted: Int, limit: Int) -> Int {
    let used = Int(cprocess_resident_bytes())
    guard used > limit - wanted else { return used }
    cprocess_release_free_memory()
    return Int(cprocess_resident_bytes())
  }
}
