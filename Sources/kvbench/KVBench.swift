import ArgumentParser

/// Measures what an operation costs at each level, beside bare round trips of the same transport in the same run.
@main
struct KVBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvbench",
    abstract: "Measures what an operation costs at each level, beside a bare round trip.",
    usage: """
      kvbench [latency] [<options>]
      kvbench cluster [<options>]
      """,
    discussion: """
      Build with -c release.

      EXAMPLES
        kvbench
            Latencies of one client against three servers.
        kvbench cluster --quick
            Every level under load, in less than two minutes.

      EXIT STATUS
        0    everything was measured
        1    something could not be measured, or a file not be read or written
        64   the command line is wrong
      """,
    subcommands: [LatencyBench.self, ClusterBench.self, BenchHelper.self],
    defaultSubcommand: LatencyBench.self)
}
