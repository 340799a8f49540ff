/// How the kernels of an instruction set read packed weights: plain numbers, without the kernels.
package struct WeightPacking: Equatable, Sendable {
  package let panels: PanelLayout
  package let winograd: WinogradLayout
  /// For quantised numbers; nil where there are no instructions for them.
  package let int8: Quantized?
  package let bf16: Quantized?

  package struct Quantized: Equatable, Sendable {
    package let panels: NarrowLayout
    package let winograd: NarrowWinogradLayout

    package init(panels: NarrowLayout, winograd: NarrowWinogradLayout) {
      self.panels = panels
      self.winograd = winograd
    }
  }

  package init(
    panels: PanelLayout, winograd: WinogradLayout, int8: Quantized? = nil, bf16: Quantized? = nil
  ) {
    self.panels = panels
    self.winograd = winograd
    self.int8 = int8
    self.bf16 = bf16
  }

  package func quantized(_ element: NarrowElement) -> Quantized? {
    switch element {
    case .uint8: int8
    case .bfloat16: bf16
    }
  }
}

extension KernelTable {
  package var packing: WeightPacking {
    WeightPacking(
      panels: panels, winograd: winograd, int8: int8.map(\.packing), bf16: bf16.map(\.packing))
  }
}

extension NarrowKernels {
  package var packing: WeightPacking.Quantized {
    WeightPacking.Quantized(panels: panels, winograd: winograd)
  }
}
