import Configuration
import Foundation
import Reports

/// Writes a text to standard output. False when it cannot be written, which standard error is told.
func say(_ text: String) -> Bool {
  guard !text.isEmpty else { return true }
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    return true
  } catch {
    complain("standard output cannot be written: \(fileReason(error))")
    return false
  }
}

/// Writes a message to standard error. Where that is closed, too, the exit status has to do.
func complain(_ text: String) {
  Terminal.complain(text, command: "kvrun")
}
