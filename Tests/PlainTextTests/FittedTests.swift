import PlainText
import Testing

@Test(arguments: [
  ("short", "short"), ("exactly ten", "exactly t…"), ("", ""), ("1234567890", "1234567890"),
  ("a\nlonger than ten\n", "a\nlonger th…\n"), ("ääääääääääää", "äääääääää…"),
])
func `a line that is too long ends in an ellipsis`(text: String, fit: String) {
  #expect(fitted(text, columns: 10) == fit)
}
