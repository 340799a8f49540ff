import Arguments
import DigitLoad
import ProgramShell

extension BenchOptions {
  /// An option that does nothing beside the others was given for something: it is refused rather
  /// than passed over.
  /// - Throws: `Misuse`.
  func checkUses() throws {
    for need in needs where !need.isMet {
      for option in need.options where given.contains(option) {
        throw refusal("\(option) is of use only with \(need.of)")
      }
    }
    for settled in settled {
      for option in settled.options where given.contains(option) {
        throw refusal("\(settled.by), got \(option)")
      }
    }
  }

  /// Options, and what they are nothing without.
  private struct Need {
    let options: [String]
    let of: String
    let isMet: Bool
  }

  private var needs: [Need] {
    let sweepsRate = sweep?.name == .rate
    let isSpaced = rate != nil || ramp != nil || sweepsRate || findMaxRate
    return [
      Need(
        options: ["--arrivals"], of: "--rate, --ramp, --sweep rate or --find-max-rate",
        isMet: isSpaced),
      Need(
        options: ["--late-after", "--late-share"],
        of: "a schedule: --rate, --ramp, --trace, --sweep rate or --find-max-rate",
        isMet: isSpaced || trace != nil),
      Need(options: ["--rounds", "--tolerance"], of: "--pair", isMet: pair),
      Need(options: ["--repeats", "--precision"], of: "--find-max-rate", isMet: findMaxRate),
    ]
  }

  /// Options for what something else has settled already, and the sentence that says so.
  private var settled: [(options: [String], by: String)] {
    var settled: [(options: [String], by: String)] = []
    switch scenario {
    case .singleStream?, .multiStream?:
      let images = scenario == .singleStream ? "one image" : "eight images"
      settled.append(
        (
          ["--connections", "--pipeline", "--batch"],
          "--scenario \(scenario!.rawValue) has one connection with one request of \(images) in "
            + "flight"
        ))
    case .server?:
      settled.append(
        (["--batch", "--arrivals"], "--scenario server sends single images as a Poisson process"))
    case .offline?, nil: break
    }
    switch sweep?.name {
    case .rate?: settled.append((["--rate"], "--sweep rate says itself what the rates are"))
    case .batch?: settled.append((["--batch"], "--sweep batch says itself what the batches are"))
    case .concurrency?:
      settled.append(
        (["--pipeline"], "--sweep concurrency says itself how many requests are in flight"))
    case nil: break
    }
    if pair { settled.append((["--server"], "--pair names both servers itself")) }
    return settled
  }
}
