import CZlib

/// Decompression of gzip (RFC 1952) block by block, by zlib, of all members of a file one after another. Zeros behind the
/// last are padding.
final class GzipStream {
  /// Why it cannot go on.
  enum Fault: Error {
    /// What is compressed cannot be read.
    case unreachable(HistoryError)
    /// It is damaged, cut short, or too large.
    case content(String)
  }

  private enum State {
    case inMember
    case betweenMembers
    case inPadding
    case atEnd
  }

  private static let inputBlock = 1 << 16
  private let bytesMax: Int
  /// On the heap, since zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private var state = State.inMember
  private var input = [UInt8](repeating: 0, count: inputBlock)
  /// What of the input was read and not yet used.
  private var pending = 0..<0
  private var isInputAtEnd = false
  private var bytesWritten = 0

  /// Starts with a member.
  ///
  /// - Parameter bytesMax: the most bytes that the file may become; one byte more is an error, so that a small file cannot
  ///   exhaust the memory.
  init?(bytesMax: Int) {
    self.bytesMax = bytesMax
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 to say that a gzip header is expected.
    guard kv_inflate_init(stream, 15 + 16) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Whether bytes begin as gzip does.
  static func isCompressed(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// Decompresses the next bytes.
  ///
  /// - Parameter refill: reads what is compressed; returns 0 at its end only.
  /// - Returns: how many bytes were written; 0 at the end only.
  func read(
    into buffer: UnsafeMutableRawBufferPointer,
    refill: (UnsafeMutableRawBufferPointer) throws(Fault) -> Int
  ) throws(Fault) -> Int {
    while true {
      switch state {
      case .inMember:
        if pending.isEmpty, !isInputAtEnd { try fetch(refill) }
        let count = try inflateSome(into: buffer)
        if count > 0 { return count }
      case .betweenMembers: try beginMember(refill)
      case .inPadding: try passPadding(refill)
      case .atEnd: return 0
      }
    }
  }

  /// Reads more of the input behind what is pending.
  private func fetch(_ refill: (UnsafeMutableRawBufferPointer) throws(Fault) -> Int) throws(Fault) {
    let rest = Array(input[pending])
    input.replaceSubrange(0..<rest.count, with: rest)
    let count = try input.withUnsafeMutableBufferPointer { bytes throws(Fault) in
      try refill(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[rest.count...])))
    }
    pending = 0..<rest.count + count
    isInputAtEnd = count == 0
  }

  private func inflateSome(into buffer: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
    // zlib counts in 32 bits; one byte more than is allowed shows that there is one.
    let room = min(buffer.count, 1 << 30, max(1, bytesMax - bytesWritten + 1))
    let hadInput = !pending.isEmpty
    let status = input.withUnsafeMutableBufferPointer { bytes in
      stream.pointee.next_in = bytes.baseAddress.map { $0 + pending.lowerBound }
      stream.pointee.avail_in = UInt32(pending.count)
      stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      (stream.pointee.next_in, stream.pointee.next_out) = (nil, nil)
      return status
    }
    pending = pending.upperBound - Int(stream.pointee.avail_in)..<pending.upperBound
    let count = room - Int(stream.pointee.avail_out)
    bytesWritten += count
    guard bytesWritten <= bytesMax else {
      throw .content(
        "the compressed content is larger than \(bytesMax) bytes; if that is meant, allow more with --decompressed-limit"
      )
    }
    switch status {
    case Z_OK: break
    case Z_STREAM_END: state = .betweenMembers
    case Z_BUF_ERROR where isInputAtEnd && !hadInput:
      throw .content("the compressed content is cut short: the file is incomplete")
    case Z_BUF_ERROR: break
    case Z_MEM_ERROR: throw .content("there is not enough memory to decompress it")
    default:
      let detail = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(status)"
      throw .content("the compressed content is damaged (\(detail))")
    }
    return count
  }

  private func beginMember(_ refill: (UnsafeMutableRawBufferPointer) throws(Fault) -> Int) throws(Fault) {
    while pending.count < 2, !isInputAtEnd { try fetch(refill) }
    if pending.isEmpty {
      state = .atEnd
    } else if input[pending.lowerBound] == 0 {
      state = .inPadding
    } else if Self.isCompressed(Array(input[pending.prefix(2)])), inflateReset(stream) == Z_OK {
      state = .inMember
    } else {
      throw .content("bytes follow the end of the compressed content")
    }
  }

  private func passPadding(_ refill: (UnsafeMutableRawBufferPointer) throws(Fault) -> Int) throws(Fault) {
    guard input[pending].allSatisfy({ $0 == 0 }) else {
      throw .content("bytes follow the end of the compressed content")
    }
    pending = 0..<0
    if isInputAtEnd { state = .atEnd } else { try fetch(refill) }
  }
}
