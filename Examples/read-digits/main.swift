// Reads the images in a file, 784 bytes each, with the servers that are named:
//
//     read-digits FILE HOST:PORT [HOST:PORT…]

import DigitClient
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let file = arguments.first, arguments.count > 1,
  let pixels = FileManager.default.contents(atPath: file)
else { fatalError("expected a readable file and at least one server") }

// One server: connect, ask, close.
let client = try await DigitClient.connect(to: Array(arguments)[1])
let first = try await client.predict(Array(pixels.prefix(784)), deadline: .seconds(1))
let sure = Int(100 * first.images[0].probability)
print("the first shows a \(first.images[0].name), says \(first.model), \(sure) % sure")
await client.close()

// Any number of servers: batches of 64, of which 16 are under way; answers come in order, and
// what a server had not answered when it ended is asked again elsewhere.
let pool = try DigitPool(Array(arguments.dropFirst()))
let batches = AsyncStream<ImageBatch> { stream in
  for start in Swift.stride(from: 0, to: pixels.count, by: 64 * 784) {
    stream.yield(ImageBatch([UInt8](pixels[start..<min(start + 64 * 784, pixels.count)])))
  }
  stream.finish()
}
for try await prediction in pool.predictions(for: batches, inFlight: 16) {
  print(prediction.images.map(\.name).joined(separator: " "))
}
await pool.close()
