import KernelInterface

/// Maximum or mean over square windows of one map.
@inline(never)
package func poolMap(_ pooling: MapPooling) {
  let area = Float(pooling.size &* pooling.size)
  for y in 0..<pooling.height {
    for x in 0..<pooling.width {
      let window =
        pooling.input + y &* pooling.stride &* pooling.inputRowStride
        + x &* pooling.stride &* pooling.channels
      let target = pooling.output + y &* pooling.outputRowStride + x &* pooling.channels
      var c = 0
      while c < pooling.channels {
        let left = pooling.channels &- c
        let pooled =
          pooling.averages
          ? sumOfWindow(pooling, window + c, left) / Vector(repeating: area)
          : maximumOfWindow(pooling, window + c, left)
        store(pooled, to: target + c, count: left)
        c &+= vectorWidth
      }
    }
  }
}

@inline(__always)
private func maximumOfWindow(
  _ pooling: MapPooling, _ window: UnsafePointer<Float>, _ count: Int
) -> Vector {
  var greatest = load(window, count: count)
  for dy in 0..<pooling.size {
    for dx in 0..<pooling.size {
      let pixel = window + dy &* pooling.inputRowStride + dx &* pooling.channels
      greatest = maximum(greatest, load(pixel, count: count))
    }
  }
  return greatest
}

@inline(__always)
private func sumOfWindow(
  _ pooling: MapPooling, _ window: UnsafePointer<Float>, _ count: Int
) -> Vector {
  var sum = Vector.zero
  for dy in 0..<pooling.size {
    for dx in 0..<pooling.size {
      let pixel = window + dy &* pooling.inputRowStride + dx &* pooling.channels
      sum = sum + load(pixel, count: count)
    }
  }
  return sum
}
