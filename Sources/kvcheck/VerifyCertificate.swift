import ArgumentParser
import Reports

/// `kvcheck verify-certificate CERTIFICATE HISTORY`
struct VerifyCertificate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verify what a certificate claims about a history, from the two files alone.",
    usage: "kvcheck verify-certificate <certificate> <history> [<options>]",
    discussion: """
      A certificate is what `kvcheck HISTORY --certificate CERTIFICATE` writes: each verdict with the evidence for it. \
      Verifying needs no search, and shares no code with what found the verdicts.

      EXAMPLES
        kvcheck histories/run.jsonl --quiet --certificate run.certificate.json
            Judge a history and keep the proof.
        kvcheck verify-certificate run.certificate.json histories/run.jsonl
            Verify the proof, here or elsewhere, today or later.

      EXIT STATUS
        0   everything that the certificate claims is proved
        1   something that it claims is not, or it is about another history
        2   it claims nothing, or verifying would have cost too much
        64  the command line is wrong
        65  the certificate or the history cannot be understood
        66  one of them cannot be reached
        70  a fault of kvcheck itself
        130 interrupted with Control-C
      """)

  @Argument(help: ArgumentHelp("The certificate; \"-\" is standard input.", valueName: "certificate"))
  var certificate: String

  @Argument(help: ArgumentHelp("The history that it is about.", valueName: "history"))
  var history: String

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func validate() throws {
    try Arguments.validate(files: [certificate, history])
  }

  func run() throws {
    Terminal.endOnInterrupt()
    let command = CertificateCommand(
      certificate: certificate, history: history, reader: reading.options,
      print: { Terminal.print($0, command: "kvcheck") }, complain: { Terminal.complain($0) })
    throw ExitCode(Terminal.status(command.run()).rawValue)
  }
}
