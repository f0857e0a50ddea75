import Testing
import ZeroMQ

@Suite("mailboxes and loop threads", .timeLimit(.minutes(2)))
struct MailboxTests {
  @Test("an item posted by another thread wakes a poller")
  func wake() throws {
    let mailbox = try Mailbox<Int>()
    var poller = Poller()
    let token = poller.add(mailbox)
    for number in 0..<100 {
      let thread = try LoopThread(name: "poster") { mailbox.post(number) }
      #expect(try poller.poll(for: patience) == 1)
      #expect(poller.readiness(of: token) == .readable)
      #expect(mailbox.drain() == [number])
      thread.join()
      #expect(try poller.poll(for: .zero) == 0)
    }
  }

  @Test("items of many threads arrive once each, and those of one thread in order")
  func manyPosters() throws {
    let mailbox = try Mailbox<(thread: Int, number: Int)>()
    let count = 20_000
    let first = try LoopThread(name: "first") { for number in 0..<count { mailbox.post((0, number)) } }
    let second = try LoopThread(name: "second") { for number in 0..<count { mailbox.post((1, number)) } }
    var poller = Poller()
    _ = poller.add(mailbox)
    var next = [0, 0]
    var items: [(thread: Int, number: Int)] = []
    while next != [count, count] {
      try #require(try poller.poll(for: patience) == 1)
      mailbox.drain(into: &items)
      for item in items {
        try #require(item.number == next[item.thread])
        next[item.thread] += 1
      }
    }
    first.join()
    second.join()
    #expect(mailbox.drain().isEmpty)
  }

  @Test("a loop answers from its own sockets what it is asked through its mailbox")
  func loop() throws {
    let context = try Context()
    let requests = try Mailbox<Int?>()
    let answers = try Mailbox<Int>()
    let loop = try LoopThread(name: "loop") {
      do {
        let left = try openSocket(.pair, in: context)
        let right = try openSocket(.pair, in: context)
        try left.connect(try right.bind("inproc://loop"))
        var poller = Poller()
        let asked = poller.add(requests)
        let received = poller.add(right)
        var message = Message()
        while true {
          try poller.poll()
          if poller.isReadable(asked) {
            for request in requests.drain() {
              guard let request else { return }
              try left.send("\(request)")
            }
          }
          if poller.isReadable(received) {
            while try right.tryReceive(into: &message) { answers.post((Int(message.text(of: 0)) ?? -1) * 2) }
          }
        }
      } catch {
        Issue.record(error)
      }
    }
    var poller = Poller()
    _ = poller.add(answers)
    for number in 0..<1000 {
      requests.post(number)
      try #require(try poller.poll(for: patience) == 1)
      #expect(answers.drain() == [2 * number])
    }
    requests.post(nil)
    loop.join()
  }
}
