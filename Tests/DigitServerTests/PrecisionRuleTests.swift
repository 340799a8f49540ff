import DigitModel
import DigitServer
import Testing

@Suite struct PrecisionRuleTests {
  @Test(arguments: [
    ("f32", nil, Precision.float32), ("int8", nil, .int8), ("bf16", nil, .bfloat16),
    ("cnn-28=f32", "cnn-28", .float32),
    ("a=b=int8", "a=b", .int8), ("int8=f32", "int8", .float32),
  ])
  func `a precision is for all models, or for the one before the sign`(
    text: String, model: String?, precision: Precision
  ) throws {
    let rule = try #require(PrecisionRule(parsing: text))
    #expect(rule.model == model)
    #expect(rule.precision == precision)
  }

  @Test(arguments: [
    "", "=", "f16", "bf8", "float32", "F32", "int8 ", "=int8", "a=", "a=int4", "int8=a",
  ])
  func `what is no precision is no rule`(text: String) {
    #expect(PrecisionRule(parsing: text) == nil)
  }

  @Test(arguments: [
    ([], Precision.float32),
    (["int8"], .int8),
    (["b=int8"], .float32),
    // The model's own counts before the one for all, in whatever order they stand.
    (["a=f32", "int8"], .float32),
    (["int8", "a=f32"], .float32),
    (["a=int8", "f32"], .int8),
    // The last of equals.
    (["f32", "int8"], .int8),
    (["a=int8", "a=f32", "b=int8"], .float32),
  ])
  func `the most specific rule counts, and the last of equals`(
    texts: [String], precision: Precision
  ) {
    let rules = texts.compactMap { PrecisionRule(parsing: $0) }
    #expect(rules.count == texts.count)
    #expect(rules.precision(for: "a") == precision)
  }
}
