/// The specification of every kernel: short, obvious and slow. Fast forms are compared with it.
package enum Reference {}

extension Reference {
  /// C = A · B, or C += A · B.
  package static func multiply(_ product: MatrixProduct) {
    for i in 0..<product.m {
      for j in 0..<product.n {
        var sum = product.accumulates ? product.c[i * product.cRowStride + j] : 0
        for k in 0..<product.k { sum += product.a[i, k] * product.b[k, j] }
        product.c[i * product.cRowStride + j] = sum
      }
    }
  }
}
