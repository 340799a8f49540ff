import DigitServer
import Testing

struct ServerLimitsTests {
  @Test(arguments: [(20_000, 10_000), (10_064, 10_000), (10_063, 9_999), (100, 36), (10, 1)])
  func `connections fit into the descriptors that there are`(descriptors: Int, connections: Int) {
    var limits = ServerLimits()
    #expect(limits.fitConnections(intoDescriptors: descriptors) == (connections < 10_000))
    #expect(limits.connectionsMax == connections)
  }
}
