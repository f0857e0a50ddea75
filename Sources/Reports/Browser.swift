#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whatever the system opens documents with.
public enum Browser {
  #if canImport(Glibc)
    private static let program = "xdg-open"
    /// POSIX_SPAWN_SETSID, which glibc declares for GNU sources only.
    private static let ownSession: Int16 = 0x80
  #else
    private static let program = "open"
    private static let ownSession = Int16(POSIX_SPAWN_SETSID)
  #endif

  /// Has a file opened, and does not wait: what opens it outlives this process and never touches its terminal.
  ///
  /// - Returns: why nothing was opened; nil when something was asked to. What becomes of that is not known.
  public static func open(_ path: String) -> String? {
    // A path must not be taken for an option.
    let target = path.hasPrefix("/") ? path : "./" + path
    var actions = Actions()
    let code = actions.spawn(program, target)
    guard code == 0 else {
      return "\(path.printable) cannot be opened: \(program): \(String(cString: strerror(code)))"
    }
    return nil
  }

  /// What the new process does before it becomes another program.
  private struct Actions: ~Copyable {
    #if canImport(Glibc)
      private var files = posix_spawn_file_actions_t()
      private var attributes = posix_spawnattr_t()
    #else
      private var files: posix_spawn_file_actions_t?
      private var attributes: posix_spawnattr_t?
    #endif

    init() {
      posix_spawn_file_actions_init(&files)
      posix_spawnattr_init(&attributes)
      for (descriptor, flags) in [
        (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_WRONLY), (STDERR_FILENO, O_WRONLY),
      ] {
        posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", flags, 0)
      }
      posix_spawnattr_setflags(&attributes, Browser.ownSession)
    }

    deinit {
      var (files, attributes) = (files, attributes)
      posix_spawn_file_actions_destroy(&files)
      posix_spawnattr_destroy(&attributes)
    }

    mutating func spawn(_ program: String, _ target: String) -> Int32 {
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(target), nil]
      defer { for argument in arguments { free(argument) } }
      var process = pid_t()
      return posix_spawnp(&process, program, &files, &attributes, &arguments, environ)
    }
  }
}
