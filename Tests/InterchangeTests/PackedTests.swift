import Basics
import Conversations
import Foundation
import JSON
import TestSupport
import Testing

@testable import Interchange

@Suite("Packed and nested sources")
struct PackedTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Packs with Python's own library, so that our reader meets another program's files.
  private func python(_ script: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", "import os, zipfile, gzip, struct, zlib\nos.chdir('\(directory.path)')\n" + script,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test("ChatGPT's ZIP as it comes, with pictures and other files beside it, which are counted")
  func exportZIP() throws {
    try directory.write("conversations-000.json", ForeignConversationTests.chatGPT)
    try python(
      """
      z = zipfile.ZipFile('export.zip', 'w', zipfile.ZIP_DEFLATED)
      z.write('conversations-000.json')
      z.writestr('user.json', '{"id": "u"}'); z.writestr('file-1.png', b'x'); z.writestr('dalle/a.webp', b'x')
      z.close(); os.remove('conversations-000.json')
      """)
    let reader = try ImportSource.find(at: directory("export.zip")).reader(models: { _ in nil })
    var items: [ImportItem] = []
    while let item = reader.next() { items.append(item) }
    #expect(items.compactMap(\.conversation).map(\.title) == ["Blue sky", "circle"])
    #expect(items[1].problem?.hasPrefix("\(directory("export.zip")): conversations-000.json, element 2") == true)
    #expect(reader.omissions == ["files of other kinds": 1, "files that are nothing to import": 1])
  }

  @Test("Run folders in a ZIP, Zip64, stored entries; a damaged one is named and costs itself")
  func kindsOfZIP() throws {
    try python(
      """
      good = '{"correlation_id":"c","timestamp":"20251002_182924","prompt":"q","models":["m"],"results":[{"model":"m","status":"success"}]}'
      z = zipfile.ZipFile('runs.zip', 'w')
      z.writestr('out/20251002_182924_57a990cb/summary.json', good)
      z.writestr('out/20251002_182924_57a990cb/m.md', 'The answer.', zipfile.ZIP_DEFLATED)
      with z.open('notes/summary.json', 'w', force_zip64=True) as f: f.write(good.replace('"c"', '"d"').encode())
      z.writestr('../evil.json', '[]'); z.writestr('bad.json', 'x' * 1000, zipfile.ZIP_DEFLATED)
      z.close()
      data = bytearray(open('runs.zip', 'rb').read()); at = data.find(b'bad.json') + 8; data[at] ^= 0x77
      open('runs.zip', 'wb').write(data)
      """)
    let items = try importItems(at: directory("runs.zip"))
    #expect(items.compactMap(\.conversation).count == 2)
    #expect(items.contains { $0.conversation?.exchanges[0].replies[0].text == "The answer." })
    let problems = items.compactMap(\.problem)
    #expect(problems.count == 2 && problems.contains { $0.contains("evil.json") && $0.contains("leads out") })
    #expect(problems.contains { $0.contains("bad.json") && $0.contains("damaged") })
  }

  @Test("No name in a ZIP file leads out of it, though a mark behind a slash makes one character of the two")
  func marksBehindSlashes() throws {
    try directory.write("c.json", "\(ConversationJSON.json(sampleConversation()).text)\n")
    try python(
      """
      z = zipfile.ZipFile('out.zip', 'w'); z.write('c.json')
      z.writestr('../\\u0301up/conversations.json', '[]'); z.writestr('..\\\\\\u0301back/conversations.json', '[]')
      z.close()
      """)
    let items = try importItems(at: directory("out.zip"))
    let problems = items.compactMap(\.problem)
    #expect(items.count == 3 && problems.count == 2 && problems.allSatisfy { $0.contains("leads out") }, "\(problems)")
  }

  @Test("gzip, one or several parts; what is cut off or made to fill the disk is refused")
  func gzip() throws {
    try directory.write("c.json", "\(ConversationJSON.json(sampleConversation()).text)\n")
    try python(
      """
      data = open('c.json', 'rb').read(); half = len(data) // 2
      open('c.json.gz', 'wb').write(gzip.compress(data[:half]) + gzip.compress(data[half:]))
      open('cut.json.gz', 'wb').write(gzip.compress(data * 50)[:-30])
      c = zlib.compressobj(9, wbits=31)
      with open('bomb.gz', 'wb') as f:
        f.write(c.compress(b'{'))
        for _ in range(200): f.write(c.compress(b' ' * (1 << 20)))
        f.write(c.flush())
      """)
    #expect(try importItems(at: directory("c.json.gz")).first?.conversation?.title == "Why is the sky blue?")
    for (name, words) in [("cut.json.gz", "cut off"), ("bomb.gz", "300 times")] {
      let problem = #expect(throws: ImportProblem.self) { try ImportSource.find(at: directory(name)) }
      #expect(
        problem?.description.contains(words) == true && problem?.name == directory(name), "\(name): \(problem as Any)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
    #expect(!left.contains { $0.hasPrefix("fiedler-import-") && $0.contains("bomb") })
  }

  @Test("A ZIP that is cut off says so")
  func cutZIP() throws {
    try directory.write("cut.zip", "PK\u{3}\u{4}and nothing more")
    let problem = #expect(throws: ImportProblem.self) { try ImportSource.find(at: directory("cut.zip")) }
    #expect(problem?.reason.contains("cut off") == true)
  }

  private let summary = """
    {"correlation_id":"57a990cb","timestamp":"20251002_182924","prompt":"q","models":["gpt-5"],"results":[{"model":"gpt-5",\
    "status":"success","output_file":"/x/gpt-5.md","duration":1.5}]}
    """

  @Test("Run folders are found at any depth and under any name, and other summaries are passed over")
  func depth() throws {
    for folder in ["project/out/20251002_182924_57a990cb", "project/a/b/c/d/my review"] {
      try directory.write("\(folder)/summary.json", summary.replacing("57a990cb", with: "\(folder.count)"))
      try directory.write("\(folder)/gpt-5.md", "The answer.")
    }
    try directory.write("project/coverage/summary.json", "{\"total\": 3}")
    try directory.write("project/package.json", "{\"name\": \"x\"}")
    let reader = try ImportSource.find(at: directory("project")).reader(models: { _ in nil })
    var items: [ImportItem] = []
    while let item = reader.next() { items.append(item) }
    #expect(items.count == 2 && items.allSatisfy { $0.conversation?.exchanges[0].replies[0].text == "The answer." })
    #expect(reader.omissions == ["files that are nothing to import": 2])
  }

  @Test(
    "The earlier Fiedler's timestamp counts in the zone that is told, with its summer time; that it was assumed is said"
  )
  func zones() throws {
    try directory.write("r/summary.json", summary)
    try directory.write("r/gpt-5.md", "The answer.")
    func item(_ zone: LocalZone) throws -> ImportItem? {
      try ImportSource.find(at: directory("r")).reader(models: { _ in nil }, zone: zone).next()
    }
    let utc = try #require(try item(.utc)), berlin = try #require(try item(LocalZone(fixed: 7200)))
    #expect(
      utc.assumesZone && utc.conversation.map { Timestamp.text($0.createdAt) } == "2025-10-02T18:29:24.000000Z")
    #expect(berlin.conversation.map { Timestamp.text($0.createdAt) } == "2025-10-02T16:29:24.000000Z")
    #expect(utc.conversation?.id == berlin.conversation?.id)
    try directory.write("r/summary.json", summary.replacing("20251002_182924", with: "2025-10-02T18:29:24+02:00"))
    #expect(try item(.utc)?.assumesZone == false)
  }
}
