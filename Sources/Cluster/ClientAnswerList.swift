import KeyValue

/// Reads answers that share a frame, one after the other.
struct ClientAnswerList {
  /// One of the answers.
  struct Element {
    /// Which request it answers.
    let id: UInt64
    fileprivate let form: Form

    /// The answer; nil when it is none to this request.
    func answer(to request: ClientRequest.Body) -> ClientAnswer? {
      switch form {
      case .common(let form): ClientAnswer(form, to: request)
      case .rare(let object): ClientAnswer(object, to: request)
      }
    }
  }

  fileprivate enum Form {
    case common(ClientAnswer.CommonForm)
    case rare(JSONObject)
  }

  private var cursor = JSONCursor()
  private var isFirst = true

  /// The next answer; nil at the end, and where the frame goes on with something else.
  mutating func next(_ bytes: Span<UInt8>) -> Element? {
    do throws(JSONError) {
      if isFirst {
        try cursor.expect("[", bytes)
        isFirst = false
      } else {
        guard try cursor.hasMoreElements(bytes) else { return nil }
      }
      let start = cursor
      if let form = try? ClientAnswer.CommonForm(&cursor, bytes), let id = form.id {
        return Element(id: id, form: .common(form))
      }
      cursor = start
      guard let object = try cursor.json(bytes).object,
        let id = object["id"]?.integer.flatMap({ UInt64(exactly: $0) })
      else { return nil }
      return Element(id: id, form: .rare(object))
    } catch {
      return nil
    }
  }
}
