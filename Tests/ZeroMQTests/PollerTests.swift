import Synchronization
import Testing
import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let signalsHandled = Atomic(0)

@Suite("pollers", .timeLimit(.minutes(2)))
struct PollerTests {
  @Test("a poll with nothing to report ends with its time")
  func timeout() throws {
    let context = try Context()
    let socket = try Socket(.pull, in: context)
    var poller = Poller()
    #expect(try poller.poll(for: .zero) == 0)
    let token = poller.add(socket)
    #expect(try poller.poll(for: .zero) == 0)
    #expect(try poller.poll(for: .microseconds(1)) == 0)
    #expect(try poller.poll(for: .seconds(-1)) == 0)
    #expect(poller.readiness(of: token) == [])
    poller.forEachReady { _, _ in Issue.record("nothing is ready") }
  }

  @Test("of several sockets the ready ones are named, with what they are ready for")
  func severalSockets() throws {
    let context = try Context()
    var poller = Poller()
    let push = try Socket(.push, in: context)
    let first = try Socket(.pull, in: context)
    let second = try Socket(.pull, in: context)
    try first.bind("inproc://first")
    try push.connect(try second.bind("inproc://second"))
    let pushing = poller.add(push, for: .writable)
    let pulling = [poller.add(first), poller.add(second)]

    #expect(try poller.poll(for: patience) == 1)
    #expect(poller.isWritable(pushing) && !poller.isReadable(pushing))
    try push.send([5])
    poller.watch(pushing, for: [])
    #expect(try poller.poll(for: patience) == 1)
    #expect(!poller.isReadable(pulling[0]) && poller.isReadable(pulling[1]) && !poller.isWritable(pushing))
    var ready: [Poller.Token: Readiness] = [:]
    poller.forEachReady { ready[$0] = $1 }
    #expect(ready == [pulling[1]: .readable])
    let received = try receiveParts(second)
    #expect(received == [[5]])
    #expect(try poller.poll(for: .zero) == 0)
  }

  @Test("a plain pipe is watched like a socket, and its end is seen")
  func plainPipe() throws {
    var descriptors: [Int32] = [-1, -1]
    try #require(pipe(&descriptors) == 0)
    defer { close(descriptors[0]) }
    var poller = Poller()
    let token = poller.add(descriptor: descriptors[0])
    #expect(try poller.poll(for: .zero) == 0)
    var byte: UInt8 = 9
    #expect(write(descriptors[1], &byte, 1) == 1)
    #expect(try poller.poll() == 1)
    #expect(poller.readiness(of: token) == .readable)
    #expect(read(descriptors[0], &byte, 1) == 1)
    close(descriptors[1])
    #expect(try poller.poll(for: patience) == 1)
    #expect(poller.readiness(of: token) != [])
  }

  @Test("what was removed is not reported, and its place is taken by something new")
  func removal() throws {
    let context = try Context()
    var poller = Poller()
    let push = try Socket(.push, in: context)
    let pull = try Socket(.pull, in: context)
    try push.connect(try pull.bind("inproc://removal"))
    try push.send([1])
    let old = poller.add(pull)
    let other = poller.add(push)
    #expect(try poller.poll(for: patience) == 1)
    poller.remove(old)
    #expect(try poller.poll(for: .zero) == 0)
    let new = poller.add(pull)
    #expect(new != old && new != other)
    #expect(try poller.poll(for: patience) == 1)
    #expect(poller.isReadable(new) && !poller.isReadable(other))
  }

  @Test("a watched socket stays open when its owner is gone")
  func ownerGone() throws {
    let context = try Context()
    var poller = Poller()
    let push = try openSocket(.push, in: context)
    let token = try {
      let pull = try Socket(.pull, in: context)
      try push.connect(try pull.bind("inproc://owner-gone"))
      return poller.add(pull)
    }()
    try push.send([1])
    #expect(try poller.poll(for: patience) == 1)
    #expect(poller.readiness(of: token) == .readable)
  }

  @Test("a token of something removed is refused")
  func staleToken() async {
    await #expect(processExitsWith: .failure) {
      let mailbox = try Mailbox<Int>()
      var poller = Poller()
      let old = poller.add(mailbox)
      poller.remove(old)
      _ = poller.add(mailbox)
      _ = poller.isReadable(old)
    }
  }

  // Elsewhere the identity of a thread is a pointer, which may not be handed to another.
  #if os(Linux)
    @Test("signals end neither a wait nor a poll")
    func signals() throws {
      signal(SIGUSR1) { _ in signalsHandled.add(1, ordering: .acquiringAndReleasing) }
      let context = try Context()
      let threads = try Mailbox<pthread_t>()
      let endpoint = Endpoint.inproc("signals")
      let push = try openSocket(.push, in: context)
      try push.bind(endpoint)
      let loop = try LoopThread(name: "signals") {
        do {
          let pull = try openSocket(.pull, in: context)
          try pull.connect(endpoint)
          var poller = Poller()
          _ = poller.add(pull)
          // The thread that starts this one may have blocked all signals, which is inherited.
          var signals = sigset_t()
          sigemptyset(&signals)
          sigaddset(&signals, SIGUSR1)
          pthread_sigmask(SIG_UNBLOCK, &signals, nil)
          threads.post(pthread_self())
          for _ in 0..<2 {
            #expect(try poller.poll() == 1)
            _ = try pull.receive()
            _ = try pull.receive()
          }
        } catch {
          Issue.record(error)
        }
      }
      var poller = Poller()
      _ = poller.add(threads)
      try poller.poll(for: patience)
      let thread = try #require(threads.drain().first)
      for _ in 0..<4 {
        for _ in 0..<200 {
          let handled = signalsHandled.load(ordering: .acquiring)
          pthread_kill(thread, SIGUSR1)
          let deadline = ContinuousClock.now + patience
          while signalsHandled.load(ordering: .acquiring) == handled {
            try #require(ContinuousClock.now < deadline, "the loop handles no more signals")
            sched_yield()
          }
        }
        try push.send([1])
      }
      loop.join()
    }
  #endif
}
