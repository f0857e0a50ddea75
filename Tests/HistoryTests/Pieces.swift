import KeyValue
import TestSupport

@testable import History

/// Texts in pieces, for comparing what readers make of them with what they make of the whole.
enum Pieces {
  /// Hands a reader a text in pieces that grow by so many bytes until something is read; whole where that is nil.
  static func read<Reader: PiecewiseReader>(
    _ bytes: [UInt8], _ reader: inout Reader, length: Int?
  ) throws(HistoryError) {
    var start = 0
    var end = min(bytes.count, length ?? bytes.count)
    while true {
      let isLast = end == bytes.count
      let count = try reader.read(bytes.span.extracting(start..<end), isLast: isLast)
      if isLast { return }
      start += count
      end = min(bytes.count, end + (length ?? bytes.count))
    }
  }

  /// All that a reader found out.
  static func text(_ history: History) -> String {
    let operations = history.operations.map { operation in
      "\(operation) \(history[operation.key].text.debugDescription) \(history[operation.value]) \(history[operation.expected])"
    }
    return
      "\(operations) \(history.keys) \(history.values) \(history.initialValues) \(String(describing: history.run)) \(String(describing: history.end)) \(history.faults) \(history.clock) \(String(describing: history.wallClockOffset)) \(history.warnings)"
  }

  /// Changes some bytes.
  static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let alphabet = Array("{}[]()\":,;#0123456789-.eE\\untfalsrovkwcx \n\r\0".utf8) + [0x80, 0xC3, 0xFF]
    guard !bytes.isEmpty else { return }
    let place = random.below(bytes.count)
    switch random.below(6) {
    case 0: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1: bytes[place] = random.pick(alphabet)
    case 2: bytes.insert(random.pick(alphabet), at: place)
    case 3: bytes.remove(at: place)
    case 4: bytes.removeSubrange(place...)
    default: bytes.removeSubrange(place..<min(bytes.count, place + random.among(1...40)))
    }
  }
}
