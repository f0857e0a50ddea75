import CProcess
import CZeroMQ
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A queue from any thread to one loop, whose poller it wakes: the one object that a loop shares with others.
///
/// Items arrive in the order of posting, none is lost, and each goes to one drain. The queue has no limit of its own:
/// what bounds it is that its posters wait for answers.
public final class Mailbox<Item: Sendable>: Sendable {
  /// The descriptor that is readable while there are items, for a poller. It belongs to the mailbox.
  public let descriptor: Int32
  private let wakeDescriptor: Int32
  private let queue = Mutex<[Item]>([])

  /// Makes an empty mailbox.
  ///
  /// - Throws: `tooManyFiles` if the process can open no more descriptors.
  public init() throws(ZeroMQError) {
    var descriptors: [Int32] = [-1, -1]
    guard cprocess_wake_pipe(&descriptors) == 0 else { throw .last("open a mailbox") }
    descriptor = descriptors[0]
    wakeDescriptor = descriptors[1]
  }

  deinit {
    close(descriptor)
    close(wakeDescriptor)
  }

  /// Adds an item and wakes the loop. Never waits.
  public func post(_ item: Item) {
    let wasEmpty = queue.withLock { queue in
      queue.append(item)
      return queue.count == 1
    }
    guard wasEmpty else { return }
    // The pipe has room for this byte, or is full of others that wake as well.
    var byte: UInt8 = 1
    _ = write(wakeDescriptor, &byte, 1)
  }

  /// Takes all items, in the order of posting.
  public func drain() -> [Item] {
    var items: [Item] = []
    drain(into: &items)
    return items
  }

  /// Takes all items into an array in place of what it held. The two arrays trade places, so nothing is allocated.
  public func drain(into items: inout [Item]) {
    // The bytes first: an item posted after they are gone finds the queue empty, or is taken below.
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
      while read(descriptor, bytes.baseAddress, bytes.count) == bytes.count {}
    }
    items.removeAll(keepingCapacity: true)
    queue.withLock { swap(&$0, &items) }
  }
}
