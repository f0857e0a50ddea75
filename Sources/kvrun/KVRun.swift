import ArgumentParser

/// Runs clusters and records what their clients saw.
@main
struct KVRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvrun",
    abstract: "Runs a cluster with the clients of a configuration, and records every operation.",
    usage: """
      kvrun <config> [<options>]
      kvrun compare <config> <config> ... [<options>]
      """,
    discussion: """
      Starts the servers, then the clients, each a process of its own; when the clients have finished, waits until every \
      server has everything, reads every key from every server, stops everything, and says what happened.

      EXAMPLES
        kvrun test/t3.json --record
          keeps histories/t3-<time>.jsonl, and a copy in histories/run.jsonl
        kvrun test/t3.json --record my.jsonl --check
        kvrun test/t2.json --check --repeat 50 --seed 7
        kvrun test/t4.json --dynamic-ports --json
        kvrun --level sequential --servers 3 --clients 16 --duration 30s --reads 0.8
        kvrun test/load.json --rate 2000 --check
          a workload that is drawn from the seed, described by options, or by a configuration that they change
        kvrun test/faults.json --check
        kvrun --level linearizable --duration 10s --faults random --check
        kvrun test/load.json --faults '[{"fault":"partition","shape":"one-way","at":"1s","for":"500ms","every":"2s"}]'
          while servers are killed and stopped, and links are cut, reset and slow
        kvrun compare test/t1-1.json test/t1-2.json test/t1-3.json --repeat 20
          what each level costs, side by side
        kvrun --recover histories/t3-<time>.parts
          what a kvrun that was killed left behind becomes histories/t3-<time>.jsonl

      `kvrun CONFIG` runs; `kvrun run --help` lists its options, `kvrun compare --help` those of a comparison. (A \
      configuration that is called like a subcommand is `./compare`.)

      What follows --record or --json is taken for a path, so they come after the configuration.

      EXIT STATUS
        0    every run ended as it should, and with --check its level holds
        1    with --check: the level is violated
        2    with --check: undecided
        64   bad usage
        65   bad configuration, or a fixed port of it is taken; with --recover: a broken recording
        66   no such configuration or folder
        69   a server or client could not start, ended early, hung or did not answer the final reads
        70   a fault of ours
        73   a file cannot be written, or what a client recorded not be read
        130  stopped by Control-C or a signal
      """,
    subcommands: [Run.self, Compare.self], defaultSubcommand: Run.self)

  /// The program.
  static func main() async {
    _ = Interrupts.ofProgram
    await main(nil)
  }
}
