import DigitKernels
import Testing

@Suite struct PixelTests {
  @Test(arguments: KernelTable.all, [0, 1, 3, 4, 15, 16, 17, 255, 256])
  func `a byte becomes the float that a client would send for it`(
    kernels: KernelTable, count: Int
  ) {
    let memory = TestMemory()
    let bytes = (0..<count).map { UInt8(255 - $0) }
    let scaling = PixelScaling(mean: 0.1307, inverseDeviation: 1 / 0.3081)
    let results = memory.copy([Float](repeating: 7, count: count + 1))
    kernels.scaleBytes(memory.bytes(bytes), scaling, results, count)
    let floats = memory.copy([Float](repeating: 7, count: count + 1))
    kernels.scaleFloats(memory.copy(bytes.map { Float($0) / 255 }), scaling, floats, count)
    #expect((0...count).map { results[$0] } == (0...count).map { floats[$0] })
    let first = count == 0 ? 7 : (1 - scaling.mean) * scaling.inverseDeviation
    #expect(results[0] == first && results[count] == 7)
  }
}
