import ArgumentParser

@main
struct Kvcheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvcheck",
    abstract: "Decides which consistency models a recorded history satisfies, and says why.",
    usage: """
      kvcheck <file> ... [<options>]
      kvcheck <subcommand>
      """,
    discussion: """
      `kvcheck FILE...` checks; `kvcheck check --help` lists its options. A file that is called like a subcommand is \
      `./convert`.

      EXAMPLES
        kvcheck histories/run.jsonl
            Judge every model; the level that the history declares decides the
            exit status.
        kvcheck history.edn --model linearizable,sequential --initial 0
            Check a Jepsen test whose register holds 0 at first.
        kvcheck verify-certificate run.certificate.json histories/run.jsonl
            Verify the proof that `--certificate run.certificate.json` kept.
        kvcheck stats histories/run.jsonl
            Operations, outcomes, concurrency, rate, latencies.
        kvcheck convert histories/run.jsonl run.edn
            Ask another checker for its opinion.
        kvcheck generate --operations 1000000 --keys 100 --out big.jsonl
            Make a history to try a checker on.

      \(exitStatuses)
      """,
    subcommands: [Check.self, VerifyCertificate.self, Convert.self, Stats.self, Generate.self],
    defaultSubcommand: Check.self)

  static let exitStatuses = """
    EXIT STATUS
      0   every model asked about holds, or the work is done
      1   a model is violated
      2   undecided: a limit was reached, or the history proves nothing
      64  the command line is wrong, or neither it nor the history names a model
      65  a history cannot be understood; the message names file and line
      66  a history cannot be reached
      70  a fault of kvcheck itself
      73  a report or a result cannot be written
      130 interrupted with Control-C
    With several files or models the worst counts: 70, 73, 66, 65, 64, 1, 2, 0.
    """
}
