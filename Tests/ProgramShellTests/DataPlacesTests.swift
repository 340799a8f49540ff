import Foundation
import ProgramShell
import Testing

@Test func `what is the user's goes before what is installed`() {
  let places = DataPlaces(
    environment: ["XDG_DATA_HOME": "/data", "XDG_CACHE_HOME": "/cache"],
    executable: "/opt/digits/bin/digitd")
  #expect(
    places.models == ["Models", "/data/digits/models", "/opt/digits/share/digits/models"])
  #expect(
    places.testImages == [
      "Tests/Data/mnist", "/cache/digits/mnist", "/data/digits/mnist",
      "/opt/digits/share/digits/mnist",
    ])
}

@Test func `without XDG's variables the home folder has both`() {
  let places = DataPlaces(
    environment: ["HOME": "/home/a", "XDG_DATA_HOME": ""], executable: "/usr/bin/digitctl")
  #expect(places.models[1] == "/home/a/.local/share/digits/models")
  #expect(places.fetchedImages == "/home/a/.cache/digits/mnist")
  #expect(places.models.last == "/usr/share/digits/models")
}

@Test func `who has neither home nor prefix has what lies in the current folder`() {
  let places = DataPlaces(environment: [:], executable: nil)
  #expect(places.models == ["Models"])
}

@Test func `the folder that is there is taken, and a file is no folder`() throws {
  let root = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: root) }
  let installed = root.appending(path: "share/digits/models")
  try FileManager.default.createDirectory(at: installed, withIntermediateDirectories: true)
  let home = root.appending(path: "home/digits")
  try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
  try Data().write(to: home.appending(path: "models"))
  let places = DataPlaces(
    environment: ["XDG_DATA_HOME": root.appending(path: "home").path],
    executable: root.appending(path: "bin/digitd").path)
  // A test runs in the checkout or elsewhere.
  let isCheckout = FileManager.default.fileExists(atPath: "Models")
  #expect(places.modelsFolder == (isCheckout ? "Models" : installed.path))
}
