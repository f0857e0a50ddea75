import Cluster
import Foundation
import KeyValue
import Replication
import Testing

@Suite("protocol.md")
struct ProtocolDocumentTests {
  private static let packet = PeerMessage.packet(
    Packet(
      sender: ServerID(0), clock: 1, sequence: 1, received: [1, 0],
      updates: [Update(sequence: 1, time: 1, command: .write("a", 10))], incarnation: 1))
  private static let fetch = PeerMessage.fetch(Fetch(asker: ServerID(1), range: 3...4))

  @Test(
    "shows the bytes of the examples as the code writes them",
    arguments: [("packet", packet), ("fetch", fetch)])
  func bytes(name: String, message: PeerMessage) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../protocol.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let shown = try #require(
      text.components(separatedBy: "<!-- \(name) -->\n```\n").last?.prefix { $0 != "`" })
    var bytes: [UInt8] = []
    message.encode(run: 1, to: &bytes)
    let written = stride(from: 0, to: bytes.count, by: 16).map { start in
      bytes[start..<min(start + 16, bytes.count)]
        .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
    #expect(String(shown) == written.joined(separator: "\n") + "\n")
  }
}
