/// The fast way to take a line apart: for lines as recorders write them, in any order of members, with blanks or without.
///
/// It understands less than ``init(_:at:)``, and what it understands it understands the same way. Where a line has
/// anything else in it - an escape, a letter beyond ASCII, a sign, a fraction, a nested list, a member of another type than
/// it should have, any mistake - it gives up and says nothing, and the exact way reads the line from its beginning. So no
/// error is found here, and none is lost.
extension EventLine {
  /// Takes a plain line apart.
  ///
  /// - Parameters:
  ///   - bytes: text of which the line is a part.
  ///   - start: where the line begins.
  /// - Returns: where the line ends, at its line break; nil, with the event in no particular state, for a line that is
  ///   not plain, or whose line break is not in the text.
  mutating func readPlain(_ bytes: borrowing Span<UInt8>, at start: Int) -> Int? {
    var scanner = PlainScanner(offset: start)
    guard scanner.pass(UInt8(ascii: "{"), bytes) else { return nil }
    repeat {
      guard let name = scanner.name(bytes), scanner.pass(UInt8(ascii: ":"), bytes),
        readPlainMember(name, &scanner, bytes)
      else { return nil }
    } while scanner.pass(UInt8(ascii: ","), bytes)
    guard scanner.pass(UInt8(ascii: "}"), bytes), kind != nil else { return nil }
    return scanner.lineBreak(bytes)
  }

  /// Reads the value of a member; false when it is not plain.
  @inline(__always)
  private mutating func readPlainMember(
    _ name: UInt64, _ scanner: inout PlainScanner, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    let first = scanner.next(bytes)
    if first == UInt8(ascii: "n"), name != PlainName.value {
      return scanner.passWord("null", bytes)  // null stands for a member left out
    }
    switch name {
    case PlainName.time:
      guard let instant = scanner.integer(bytes), instant <= Self.timeMax else { return false }
      time = instant
    case PlainName.mono:
      guard let instant = scanner.integer(bytes), instant <= Self.timeMax else { return false }
      mono = instant
    case PlainName.process:
      guard let number = scanner.number(bytes) else { return false }
      reporter = .process(ProcessID(number))
    case PlainName.client:
      guard let number = scanner.number(bytes) else { return false }
      client = number
    case PlainName.server:
      guard let number = scanner.number(bytes) else { return false }
      server = number
    case PlainName.type:
      switch scanner.name(bytes) {
      case PlainName.invoke: kind = .invoke
      case PlainName.ok: kind = .ok
      case PlainName.fail: kind = .fail
      case PlainName.info: kind = .info
      default: return false
      }
    case PlainName.f:
      let start = scanner.offset
      switch scanner.name(bytes) {
      case PlainName.read, PlainName.get: function = .read
      case PlainName.write, PlainName.set, PlainName.put: function = .write
      case PlainName.cas: function = .compareAndSet
      default: return false
      }
      functionName = Token(range: start..<scanner.offset, first: first)
    case PlainName.key:
      guard first == UInt8(ascii: "\"") || first &- UInt8(ascii: "0") <= 9 else { return false }
      guard let token = scanner.scalar(bytes) else { return false }
      key = token
    case PlainName.value:
      guard let token = scanner.scalarOrList(bytes) else { return false }
      value = token
    case PlainName.host:
      guard first == UInt8(ascii: "\""), let token = scanner.scalar(bytes) else { return false }
      host = token
    case PlainName.final:
      guard let flag = scanner.flag(bytes) else { return false }
      isFinal = flag
    case PlainName.applied:
      guard let flag = scanner.flag(bytes) else { return false }
      applied = flag
    default:
      return scanner.scalarOrList(bytes) != nil
    }
    return true
  }
}

/// Names of up to seven letters, each in one number.
enum PlainName {
  static var time: UInt64 { EightBytes("time").bits }
  static var mono: UInt64 { EightBytes("mono").bits }
  static var process: UInt64 { EightBytes("process").bits }
  static var client: UInt64 { EightBytes("client").bits }
  static var server: UInt64 { EightBytes("server").bits }
  static var type: UInt64 { EightBytes("type").bits }
  static var f: UInt64 { EightBytes("f").bits }
  static var key: UInt64 { EightBytes("key").bits }
  static var value: UInt64 { EightBytes("value").bits }
  static var host: UInt64 { EightBytes("host").bits }
  static var final: UInt64 { EightBytes("final").bits }
  static var applied: UInt64 { EightBytes("applied").bits }
  static var found: UInt64 { EightBytes("found").bits }
  static var absent: UInt64 { EightBytes("absent").bits }

  static var invoke: UInt64 { EightBytes("invoke").bits }
  static var ok: UInt64 { EightBytes("ok").bits }
  static var fail: UInt64 { EightBytes("fail").bits }
  static var info: UInt64 { EightBytes("info").bits }

  static var read: UInt64 { EightBytes("read").bits }
  static var get: UInt64 { EightBytes("get").bits }
  static var write: UInt64 { EightBytes("write").bits }
  static var set: UInt64 { EightBytes("set").bits }
  static var put: UInt64 { EightBytes("put").bits }
  static var cas: UInt64 { EightBytes("cas").bits }
}

/// The steps of the fast way: each passes over something plain, or says that it is not.
private struct PlainScanner {
  /// What is read next.
  var offset: Int

  /// The first byte of what is read next, blanks passed over; 0 at the end.
  @inline(__always)
  mutating func next(_ bytes: borrowing Span<UInt8>) -> UInt8 {
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte != UInt8(ascii: " ") { return byte }
      offset &+= 1
    }
    return 0
  }

  /// Passes over a punctuation character.
  @inline(__always)
  mutating func pass(_ character: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard next(bytes) == character else { return false }
    offset &+= 1
    return true
  }

  /// Passes over a word of at most eight letters.
  @inline(__always)
  mutating func passWord(_ word: StaticString, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard offset &+ 8 <= bytes.count,
      EightBytes(bytes, at: offset).prefix(word.utf8CodeUnitCount) == EightBytes(word).bits
    else { return false }
    offset &+= word.utf8CodeUnitCount
    return true
  }

  /// Passes over a string; one of up to seven letters is told by the result, as ``PlainName`` has it, others are 0.
  @inline(__always)
  mutating func name(_ bytes: borrowing Span<UInt8>) -> UInt64? {
    guard pass(UInt8(ascii: "\""), bytes), offset &+ 8 <= bytes.count else { return nil }
    let letters = EightBytes(bytes, at: offset)
    let count = letters.plainCount
    if count == 8 {
      offset &+= 8
      return passRestOfString(bytes) ? 0 : nil
    }
    guard bytes[offset &+ count] == UInt8(ascii: "\"") else { return nil }
    offset &+= count &+ 1
    return letters.prefix(count)
  }

  /// Passes over what is left of a string, and its closing quote.
  private mutating func passRestOfString(_ bytes: borrowing Span<UInt8>) -> Bool {
    while offset &+ 8 <= bytes.count {
      let count = EightBytes(bytes, at: offset).plainCount
      offset &+= count
      guard count < 8 else { continue }
      guard bytes[offset] == UInt8(ascii: "\"") else { return false }
      offset &+= 1
      return true
    }
    return false
  }

  /// Reads an integer without a sign.
  @inline(__always)
  mutating func integer(_ bytes: borrowing Span<UInt8>) -> Int64? {
    let start = offset
    guard let magnitude = PlainInteger.read(bytes, &offset) else { return nil }
    let isZeroFirst = bytes[start] == UInt8(ascii: "0") && offset > start &+ 1
    return isZeroFirst || !endsNumber(bytes) ? nil : Int64(exactly: magnitude)
  }

  /// Whether no fraction and no exponent follows.
  @inline(__always)
  private func endsNumber(_ bytes: borrowing Span<UInt8>) -> Bool {
    guard offset < bytes.count else { return false }
    switch bytes[offset] {
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: " "): return true
    default: return false
    }
  }

  /// Reads an integer of 32 bits without a sign.
  @inline(__always)
  mutating func number(_ bytes: borrowing Span<UInt8>) -> Int32? {
    guard let integer = integer(bytes) else { return nil }
    return Int32(exactly: integer)
  }

  /// Reads a truth value.
  mutating func flag(_ bytes: borrowing Span<UInt8>) -> Bool? {
    if passWord("true", bytes) { return true }
    return passWord("false", bytes) ? false : nil
  }

  /// Passes over a scalar.
  @inline(__always)
  mutating func scalar(_ bytes: borrowing Span<UInt8>) -> EventLine.Token? {
    let first = next(bytes)
    let start = offset
    let isPlain =
      switch first {
      case UInt8(ascii: "\""): name(bytes) != nil
      case UInt8(ascii: "n"): passWord("null", bytes)
      case UInt8(ascii: "t"): passWord("true", bytes)
      case UInt8(ascii: "f"): passWord("false", bytes)
      default: integer(bytes) != nil
      }
    return isPlain ? EventLine.Token(range: start..<offset, first: first) : nil
  }

  /// Passes over a scalar or a list of scalars.
  @inline(__always)
  mutating func scalarOrList(_ bytes: borrowing Span<UInt8>) -> EventLine.Token? {
    guard next(bytes) == UInt8(ascii: "[") else { return scalar(bytes) }
    return list(bytes)
  }

  private mutating func list(_ bytes: borrowing Span<UInt8>) -> EventLine.Token? {
    let start = offset
    offset &+= 1
    repeat {
      guard scalar(bytes) != nil else { return nil }
    } while pass(UInt8(ascii: ","), bytes)
    guard pass(UInt8(ascii: "]"), bytes) else { return nil }
    return EventLine.Token(range: start..<offset, first: UInt8(ascii: "["))
  }

  /// Where the line break is, if nothing but blanks stands before it.
  @inline(__always)
  mutating func lineBreak(_ bytes: borrowing Span<UInt8>) -> Int? {
    var byte = next(bytes)
    if byte == UInt8(ascii: "\r") {
      offset &+= 1
      byte = next(bytes)
    }
    return byte == UInt8(ascii: "\n") && offset < bytes.count ? offset : nil
  }
}

/// Reads integers of up to 19 digits, eight digits at a time.
enum PlainInteger {
  /// Reads the digits at an offset and moves it behind them; nil when there is none, when there are more than 19, or at
  /// the very end of the text.
  @inline(__always)
  static func read(_ bytes: borrowing Span<UInt8>, _ offset: inout Int) -> UInt64? {
    let start = offset
    var number: UInt64 = 0
    while offset &+ 8 <= bytes.count {
      let digits = EightBytes(bytes, at: offset)
      let count = digits.digitCount
      offset &+= count
      if count == 8 {
        // 24 digits would not fit.
        guard offset &- start <= 16 else { return nil }
        number = number &* 100_000_000 &+ digits.number(digits: 8)
        continue
      }
      guard offset &- start <= 19, offset > start else { return nil }
      return count == 0 ? number : number &* powerOfTen(count) &+ digits.number(digits: count)
    }
    return nil
  }

  @inline(__always)
  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    switch exponent {
    case 1: 10
    case 2: 100
    case 3: 1000
    case 4: 10_000
    case 5: 100_000
    case 6: 1_000_000
    default: 10_000_000
    }
  }
}
