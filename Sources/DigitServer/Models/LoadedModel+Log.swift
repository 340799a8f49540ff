import DigitModel
import EventLoop

extension LoadedModel {
  /// Logs that it is ready, and warns where it computes with other numbers than were asked for.
  package func tell(_ log: Log, asked: Precision, loadingTime: Duration) {
    log.info(
      "model loaded",
      [
        "name": name, "version": version, "precision": precision.rawValue,
        "milliseconds": loadingTime.wholeMilliseconds,
      ])
    guard precision != asked else { return }
    log.warning(
      "precision not available on this processor",
      ["model": name, "asked": asked.rawValue, "used": precision.rawValue])
  }
}
