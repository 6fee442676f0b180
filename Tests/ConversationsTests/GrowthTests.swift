import FoundationEssentials
import Testing

@testable import Conversations

/// Each input took minutes when its cost was the square of its size.
@Suite("Large input costs what it is large", .timeLimit(.minutes(1))) struct GrowthTests {
  @Test("A template of openings that nothing closes", arguments: ["{{x ", "{{", "{", "\\{{", "{{a{{"])
  func openings(_ unit: String) {
    let body = String(repeating: unit, count: 400_000 / unit.utf8.count)
    #expect(PromptTemplate(title: "t", body: body).names.isEmpty)
  }

  @Test("A template of very many names") func names() {
    let body = (0..<100_000).map { "{{n\($0)}}" }.joined()
    let template = PromptTemplate(title: "t", body: body)
    #expect(template.names.count == 100_000 && template.variables.count == 100_000)
    #expect(template.filled(with: [:]).missing.count == 100_000)
  }

  @Test("A recording of very many retries") func retries() throws {
    var bytes: [UInt8] = [1]
    for _ in 0..<300_000 { bytes += [0, 7] }
    bytes += [0, 3]
    var reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), startedAt: Date(timeIntervalSince1970: 0))
    reply.recording = try Recording(bytes: bytes)
    reply.state = .failed
    #expect(ReplayTrack(reply).steps(through: .seconds(3600)) > 300_000)
  }
}
