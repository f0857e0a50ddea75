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
      Starts the servers and the clients, each a process of its own. When the clients have finished, it waits until every \
      server has everything, reads every key from every server, stops everything, and says what happened.

      `kvrun run --help` lists the options, `kvrun compare --help` those of a comparison.

      EXAMPLES
        kvrun test/t3.json --record
            Keep the history: histories/t3-<time>.jsonl, and a copy,
            histories/run.jsonl.
        kvrun test/t3.json --record my.jsonl --check
            Keep it elsewhere, and judge it at the level of the configuration.
        kvrun test/t2.json --check --repeat 50 --seed 7
            Judge fifty runs.
        kvrun --level sequential --clients 16 --duration 30s --reads 0.8
            A load that is drawn from a seed, without a configuration.
        kvrun test/load.json --rate 2000 --check
            The load of a configuration, changed by an option.
        kvrun test/faults.json --check
            The same while servers are killed and links are cut.
        kvrun --level linearizable --duration 10s --faults random --check
            Faults that are drawn from the seed.
        kvrun compare test/t1-1.json test/t1-2.json test/t1-3.json
            What each level costs, side by side.
        kvrun --recover histories/t3-<time>.parts
            Make a history of what a killed kvrun left behind.

      What follows --record or --json is taken for a path, so name the configuration before them. A configuration that \
      is called like a subcommand is `./compare`.

      EXIT STATUS
        0    every run ended as it should and, with --check, its level holds
        1    with --check: the level is violated
        2    with --check: undecided
        64   the command line is wrong
        65   the configuration is wrong, or one of its fixed ports is taken;
             with --recover: a recording is broken
        66   there is no such configuration or folder
        69   a server or client could not start, ended early, hung, or did not
             answer the final reads
        70   a fault of kvrun itself
        73   a file cannot be written, or a client's recording cannot be read
        130  stopped by Control-C or a signal
      With several runs the worst counts: 70, 73, 69, 66, 65, 64, 1, 2, 0.
      """,
    subcommands: [Run.self, Compare.self], defaultSubcommand: Run.self)

  /// The program.
  static func main() async {
    _ = Interrupts.ofProgram
    await main(nil)
  }
}
