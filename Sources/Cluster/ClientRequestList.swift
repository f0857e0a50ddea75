import KeyValue

/// Requests that share a frame: a JSON list, such as `[{"id":7,"type":"get","key":"a"},{"id":8,"type":"get","key":"b"}]`.
///
/// For clients that have many requests under way at a time: what a frame costs is paid once for all of them. Answers come
/// in lists, too, each with the id of its request, in the order in which the server has them; one list may hold the
/// answers to requests of several.
enum ClientRequestList {
  typealias Malformed = ClientRequest.Malformed

  /// A longer frame is refused.
  static let bytesMax = 1 << 20

  /// One of the requests.
  struct Element: Equatable {
    /// What its answer repeats.
    let id: UInt64
    /// What is asked, or why that is no request.
    let body: Result<ClientRequest.Body, Malformed>
  }

  /// Reads a frame.
  ///
  /// - Throws: why the whole of it is refused: it is too long, or no list of objects with an id each.
  static func elements(_ bytes: Span<UInt8>) throws(Malformed) -> [Element] {
    guard bytes.count <= bytesMax else {
      throw refusal("the list of requests has \(bytes.count) bytes; \(bytesMax) are allowed")
    }
    var elements: [Element] = []
    var isEmpty = false
    var isComplete = false
    do throws(JSONError) {
      var cursor = JSONCursor()
      try cursor.expect("[", bytes)
      isEmpty = cursor.next(bytes) == UInt8(ascii: "]")
      if !isEmpty {
        repeat {
          guard let element = try element(&cursor, bytes) else { break }
          elements.append(element)
          isComplete = try !cursor.hasMoreElements(bytes)
        } while !isComplete
        if isComplete { try cursor.expectEnd(bytes) }
      }
    } catch {
      throw refusal("the list of requests is not JSON: \(error)")
    }
    guard isComplete else {
      throw refusal(
        isEmpty
          ? "the list of requests is empty"
          : "request \(elements.count + 1) of the list is no object with a number from 0 on as its \"id\"")
    }
    return elements
  }

  private static func refusal(_ reason: String) -> Malformed { Malformed(reason: reason, wantsJSON: true) }

  /// Reads the request that begins here; nil where it has no id.
  private static func element(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(JSONError) -> Element?
  {
    let start = cursor
    // Bytes of its own, since to make an error, here one that nobody is told, is linear in what comes before it.
    let rest = bytes.extracting(start.offset...)
    var inRest = JSONCursor()
    let element: Element
    if let (request, id) = try? ClientRequest.commonForm(&inRest, rest), let id {
      cursor = JSONCursor(offset: start.offset + inRest.offset)
      element = Element(id: id, body: .success(request.body))
    } else {
      let json = try cursor.json(bytes)
      guard let id = json.object?["id"]?.integer.flatMap({ UInt64(exactly: $0) }) else { return nil }
      element = Element(id: id, body: Result { () throws(Malformed) in try ClientRequest(json).body })
    }
    let size = cursor.offset - start.offset
    guard size > ClientRequest.bytesMax else { return element }
    return Element(id: element.id, body: .failure(refusal(ClientRequest.refusal(bytes: size))))
  }
}

/// What a client sends: one frame.
enum ClientFrame {
  /// A request by itself.
  case request(ClientRequest)
  /// Several requests.
  case list([ClientRequestList.Element])
  /// Neither.
  case malformed(ClientRequest.Malformed)

  /// Reads a frame.
  init(decoding bytes: Span<UInt8>) {
    var cursor = JSONCursor()
    do throws(ClientRequest.Malformed) {
      self =
        cursor.next(bytes) == UInt8(ascii: "[")
        ? .list(try ClientRequestList.elements(bytes)) : .request(try ClientRequest(decoding: bytes))
    } catch {
      self = .malformed(error)
    }
  }
}

extension JSONCursor {
  /// Whether another element of the list follows, before which the cursor then stands, or its end, which the cursor passes.
  mutating func hasMoreElements(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Bool {
    if next(bytes) == UInt8(ascii: ",") {
      try expect(",", bytes)
      return true
    }
    try expect("]", bytes)
    return false
  }

  mutating func expectEnd(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
    guard next(bytes) == 0, isAtEnd(bytes) else { throw error(bytes, "expected the end of the document") }
  }
}
