import Foundation

/// Why a file operation failed, in the system's words: "No such file or directory", "No space left on device".
///
/// Foundation's own descriptions of the same errors often say no more than a number.
public func fileReason(_ error: any Error) -> String {
  let error = error as NSError
  if error.domain == NSPOSIXErrorDomain {
    return String(cString: strerror(Int32(truncatingIfNeeded: error.code)))
  }
  if let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error { return fileReason(underlying) }
  return error.localizedDescription
}
