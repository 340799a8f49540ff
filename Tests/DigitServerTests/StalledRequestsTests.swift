import DigitServer
import Testing

struct StalledRequestsTests {
  @Test func `nobody is stalled at first`() {
    let stalled = StalledRequests(requestsMax: 4)
    #expect(stalled.longest == nil)
    #expect(stalled.imageCount == 0)
  }

  @Test func `the first to stall is the first to go`() {
    var stalled = StalledRequests(requestsMax: 4)
    for request: RequestIndex in [2, 0, 3] { stalled.add(request, imageCount: 10) }
    #expect(emptied(&stalled) == [2, 0, 3])
  }

  @Test func `progress sends a request to the end of the line`() {
    var stalled = StalledRequests(requestsMax: 4)
    for request: RequestIndex in [0, 1, 2, 0, 2] { stalled.add(request, imageCount: 10) }
    #expect(stalled.imageCount == 30)
    #expect(emptied(&stalled) == [1, 0, 2])
  }

  @Test(arguments: 0..<4 as Range<RequestIndex>)
  func `whoever leaves, the others keep their order`(leaving: RequestIndex) {
    var stalled = StalledRequests(requestsMax: 4)
    for request: RequestIndex in 0..<4 { stalled.add(request, imageCount: Int(request) + 1) }
    stalled.remove(leaving)
    stalled.remove(leaving)
    #expect(stalled.imageCount == 10 - Int(leaving) - 1)
    stalled.add(leaving, imageCount: 1)
    #expect(emptied(&stalled) == (0..<4).filter { $0 != leaving } + [leaving])
  }

  private func emptied(_ stalled: inout StalledRequests) -> [RequestIndex] {
    var order: [RequestIndex] = []
    while let request = stalled.longest {
      order.append(request)
      stalled.remove(request)
    }
    #expect(stalled.imageCount == 0)
    return order
  }
}
