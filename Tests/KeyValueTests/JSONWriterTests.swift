import KeyValue
import Testing

@Suite("The JSON writer")
struct JSONWriterTests {
  @Test(
    "writes scalars as JSON has them",
    arguments: [
      (JSON.value(.null), "null"), (true, "true"), (.value(.integer(.min)), "-9223372036854775808"),
      (10, "10"),
      (10.0, "10.0"), (.value(.number(-0.0)), "-0.0"), (1e300, "1e+300"),
      (.value(.number(.leastNonzeroMagnitude)), "5e-324"), ("", #""""#),
      (
        .value(.string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é😀")),
        #""\"\\/\u0008\u000c\n\r\t\u0000\u001f"# + "\u{7F}é😀\""
      ),
    ])
  func scalars(json: JSON, expected: String) {
    #expect(json.description == expected)
  }

  @Test("keeps the order of members and needs no blanks")
  func oneLine() {
    let json: JSON = ["b": [1, "x", nil], "a": [:], "": [true]]
    #expect(json.description == #"{"b":[1,"x",null],"a":{},"":[true]}"#)
  }

  @Test("breaks lines only where there is something nested")
  func indented() {
    let json: JSON = ["b": [1, 2], "a": [[3], [:]], "c": ["d": nil]]
    #expect(
      json.indented == """
        {
          "b": [1,2],
          "a": [
            [3],
            {}
          ],
          "c": {
            "d": null
          }
        }
        """)
  }

  @Test("a number that JSON has not becomes null")
  func infinity() {
    #expect(JSON(Double.infinity) == nil as JSON)
    #expect(JSON(Double.nan) == nil as JSON)
  }
}

@Suite("JSON objects")
struct JSONObjectTests {
  private let composed = "\u{E9}"
  private let decomposed = "e\u{301}"

  @Test("a member is found by the bytes of its name")
  func names() {
    var object: JSONObject = [composed: 1, decomposed: 2]
    #expect(object[composed] == 1 && object[decomposed] == 2)
    object[composed] = 3
    object[decomposed] = nil
    #expect(object.members == [.init(name: composed, json: 3)])
    object[decomposed] = 4
    #expect(object.members.count == 2)
    object["e"] = 5
    #expect(object[composed] == 3 && object[decomposed] == 4 && object["e"] == 5)
  }

  @Test("objects whose names differ in bytes differ")
  func equality() {
    let (one, other): (JSON, JSON) = ([composed: 1], [decomposed: 1])
    #expect(one != other)
    #expect(Set([one, other]).count == 2)
  }

  @Test("of members with one name, setting changes the one that counts and removing removes all")
  func repeatedNames() {
    var object: JSONObject = ["a": 1, "b": 2, "a": 3]
    object["a"] = 4
    #expect(object["a"] == 4)
    #expect(object.members.map(\.json) == [1, 2, 4])
    object["a"] = nil
    #expect(object.members.map(\.name) == ["b"])
  }

  @Test("accessors give a document's kind and nothing else")
  func accessors() {
    let documents: [JSON] = [nil, true, 1, 1.5, "x", [1], ["a": 1]]
    #expect(documents.map { $0.string != nil } == [false, false, false, false, true, false, false])
    #expect(documents.map { $0.integer != nil } == [false, false, true, false, false, false, false])
    #expect(documents.map { $0.bool != nil } == [false, true, false, false, false, false, false])
    #expect(documents.map { $0.scalar != nil } == [true, true, true, true, true, false, false])
    #expect(documents.map { $0.array != nil } == [false, false, false, false, false, true, false])
    #expect(documents.map { $0["a"] != nil } == [false, false, false, false, false, false, true])
    #expect(Set(documents.map(\.kind)).count == 7)
  }
}
