/// Compares without telling by its time where two tokens differ.
func constantTimeEqual(_ left: some Collection<UInt8>, _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
