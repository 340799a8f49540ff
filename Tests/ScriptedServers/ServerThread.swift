import EventLoop

/// One client, as a server's end closes it.
protocol ClosablePeer: AnyObject {
  func close()
}

/// What lives on the server's thread.
final class ServerThread: @unchecked Sendable {
  let address: String
  private(set) var wakeup: Wakeup!
  private let loop: Loop
  private let listener: Listener
  private let peers: Peers

  private final class Peers { var all: [any ClosablePeer] = [] }

  init(_ makePeer: @escaping (ByteStream) -> any ClosablePeer) throws {
    let peers = Peers()
    self.peers = peers
    loop = try Loop()
    listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { [loop] in
      guard let stream = try? ByteStream(adopting: $0, loop: loop) else { return }
      peers.all.append(makePeer(stream))
    }
    address = listener.address.description
    wakeup = try Wakeup(on: loop) { [unowned self] in stop() }
  }

  func run() {
    SignalWatcher.blockBrokenPipesOnThisThread()
    loop.run()
    loop.close()
  }

  private func stop() {
    listener.close()
    for peer in peers.all { peer.close() }
    peers.all = []
    wakeup.close()
  }
}
