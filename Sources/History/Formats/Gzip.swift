import CZlib

/// Decompression of gzip (RFC 1952) in memory, by zlib.
enum Gzip {
  /// Whether bytes begin as gzip does.
  static func isCompressed(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// The content of a compressed file, of all members one after another. Zeros behind the last are padding.
  ///
  /// - Parameters:
  ///   - file: what messages call it.
  ///   - bytesMax: the most bytes that it may become; one byte more is an error, so that a small file cannot exhaust
  ///     the memory.
  /// - Throws: ``HistoryError`` when the file is damaged, cut short, or too large.
  static func decompress(_ bytes: [UInt8], file: String, bytesMax: Int) throws(HistoryError) -> [UInt8] {
    var result: [UInt8] = []
    var offset = 0
    repeat {
      var fault: String?
      bytes.withUnsafeBufferPointer { buffer in
        let rest = UnsafeBufferPointer(rebasing: buffer[offset...])
        do throws(Fault) {
          offset += try inflateMember(rest, into: &result, bytesMax: bytesMax)
        } catch {
          fault = error.reason
        }
      }
      if let fault { throw HistoryError(file: file, reason: fault) }
    } while offset < bytes.count && bytes[offset...].contains { $0 != 0 }
    return result
  }

  private struct Fault: Error {
    let reason: String
  }

  /// Appends the content of the member that stands first.
  ///
  /// - Returns: the number of bytes the member takes.
  private static func inflateMember(
    _ input: UnsafeBufferPointer<UInt8>, into result: inout [UInt8], bytesMax: Int
  ) throws(Fault) -> Int {
    guard input.count >= 2, input[0] == 0x1F, input[1] == 0x8B else {
      throw Fault(reason: "bytes follow the end of the compressed content")
    }
    var stream = z_stream()
    // 15 bits of window, and 16 to say that a gzip header is expected.
    guard kv_inflate_init(&stream, 15 + 16) == Z_OK else { throw Fault(reason: "zlib could not be started") }
    defer { inflateEnd(&stream) }
    // zlib counts in 32 bits, so that larger files are handed over in parts.
    let part = 1 << 30
    var handed = 0
    var consumed: Int { handed - Int(stream.avail_in) }
    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    var status = Z_OK
    while status != Z_STREAM_END {
      if stream.avail_in == 0, handed < input.count {
        let count = min(part, input.count - handed)
        stream.avail_in = UInt32(count)
        handed += count
      }
      let room = min(max(1 << 16, result.count), part, max(1, bytesMax - result.count + 1))
      let hadInput = stream.avail_in > 0
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(room)
        status = inflate(&stream, Z_NO_FLUSH)
        count = room - Int(stream.avail_out)
      }
      guard result.count + chunk.count <= bytesMax else {
        throw Fault(
          reason:
            "the compressed content is larger than \(bytesMax) bytes; if that is meant, allow more with --decompressed-limit"
        )
      }
      result += chunk
      switch status {
      case Z_OK, Z_STREAM_END: break
      case Z_BUF_ERROR where !hadInput && handed == input.count, Z_BUF_ERROR where chunk.isEmpty:
        guard handed == input.count else { break }
        throw Fault(reason: "the compressed content is cut short: the file is incomplete")
      case Z_MEM_ERROR: throw Fault(reason: "there is not enough memory to decompress it")
      default:
        let detail = stream.msg.map { String(cString: $0) } ?? "zlib's error \(status)"
        throw Fault(reason: "the compressed content is damaged (\(detail))")
      }
    }
    return consumed
  }
}
