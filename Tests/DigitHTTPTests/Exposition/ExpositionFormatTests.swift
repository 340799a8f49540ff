import DigitHTTP
import Testing

struct ExpositionFormatTests {
  @Test(arguments: [
    "application/openmetrics-text",
    "Application/OpenMetrics-Text; Version=\"1.0.0\"; charset=utf-8",
    "text/html, application/*;q=0.1",
    "application/openmetrics-text;version=1.0.0;q=0.7,text/plain;version=0.0.4;q=0.699",
    // Prometheus 2.42 and 3.
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
      + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
      + "application/openmetrics-text;version=0.0.1;q=0.5,"
      + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
      + "*/*;q=0.2",
  ])
  func `a client that prefers OpenMetrics gets it`(accept: String) {
    #expect(ExpositionFormat(accept: accept) == .openMetrics)
  }

  @Test(arguments: [
    nil, "", "*/*", "text/plain", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json",
    "text/*, application/openmetrics-text;q=0.9",
    "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
    "application/openmetrics-text;q=0, */*",
    "application/openmetrics-text;q=2, text/plain;q=0.1",
    "application/openmetrics-text;q=0.9999, text/plain;q=0.1",
    "application/openmetrics-text;q=-1, text/plain;q=0", ";;,,q=1;=",
  ])
  func `everybody else gets Prometheus' text`(accept: String?) {
    #expect(ExpositionFormat(accept: accept) == .prometheus)
  }

  @Test func `a format names itself`() {
    #expect(ExpositionFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(
      ExpositionFormat.openMetrics.contentType
        == "application/openmetrics-text; version=1.0.0; charset=utf-8")
  }
}
