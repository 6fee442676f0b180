import ConversationStore
import Conversations
import Foundation
import Testing

@Suite("Searching the history")
struct SearchTests {
  let directory = try! TemporaryDirectory()

  /// Stores a send that is answered by each model, and returns it as it then is.
  @discardableResult
  private func add(
    _ text: String, answers: [String] = [], reasoning: String = "", files: [String] = [],
    models: [ModelReference]? = nil,
    to id: UUID = UUID(), at time: Date = .morning, in store: ConversationStore
  ) async throws -> (id: UUID, exchange: Exchange) {
    let attachments = files.map { AttachedFile(name: $0, sha256: "0", content: "unseen") }
    let models = models ?? Array([.fast, .slow].prefix(answers.count))
    var exchange = try await store.begin(
      .queued(text, attachments: attachments, models: models, at: time), in: id)
    for (index, answer) in answers.enumerated() {
      var reply = exchange.replies[index]
      if !reasoning.isEmpty { reply.apply(.reasoning(reasoning), at: .milliseconds(1)) }
      exchange.replies[index] = try await store.finish(reply.answering(answer))
    }
    return (id, exchange)
  }

  private func found(
    _ text: String, _ order: HistoryOrder = .newest, in store: ConversationStore
  ) async throws -> [UUID] {
    try await store.history(HistoryQuery(text, order: order)).summaries.map(\.id)
  }

  private func conversation(_ text: String, at time: Date) -> Conversation {
    let prompt = Prompt(id: UUID(), turnNumber: 1, text: text, models: [.fast], sentAt: time)
    return Conversation(
      id: UUID(), title: text, createdAt: time, updatedAt: time, exchanges: [Exchange(prompt: prompt, replies: [])])
  }

  private func marked(_ text: HighlightedText) -> [String] {
    text.highlights.map { range in
      String(decoding: Array(text.text.utf8)[range], as: UTF8.self)
    }
  }

  @Test("Searches given up at any moment, as typing goes on, end themselves alone: the next one finds what there is")
  func givenUp() async throws {
    let store = try ConversationStore(directory: directory.path)
    for number in 0..<40 { try await add("Why do penguins huddle, \(number)?", answers: ["They are cold."], in: store) }
    for round in 0..<600 {
      let queries = ["pengu", "\"penguins huddle\" status:success", "cold -huddle", "model:fast h"].map {
        HistoryQuery($0)
      }
      let searches = queries.map { query in Task { try await store.history(query) } }
      for _ in 0..<(round % 40) { await Task.yield() }
      for search in searches { search.cancel() }
      // Given up or not, each ends; which of them did is a matter of time.
      for search in searches { _ = await search.result }
      try #require(try await found("\"penguins huddle\" status:success", in: store).count == 40)
    }
  }

  @Test("Each place is found and said: title, tag, prompt, file, reasoning, answer")
  func places() async throws {
    let store = try ConversationStore(directory: directory.path)
    let (id, exchange) = try await add(
      "Look at the retry logic\nplease", answers: ["The back-off never resets", "Fine."], reasoning: "Hmm, jitter?",
      files: ["Sources/sender.swift"], in: store)
    try await store.rename(id, to: "Quarterly review")
    try await store.setTags(["To read"], of: id)
    func hit(_ text: String) async throws -> HistoryHit? {
      try await store.history(HistoryQuery(text)).summaries.first?.hit
    }
    let replies = exchange.replies
    let cases: [(String, HistoryHit.Place, UUID?, UUID?, String, [String])] = [
      ("quarter", .title, nil, nil, "Quarterly review", ["Quarterly"]),
      ("read", .tag, nil, nil, "To read", ["read"]),
      ("logic please", .prompt, exchange.id, nil, "Look at the retry logic please", ["logic", "please"]),
      ("back-off", .answer, exchange.id, replies[0].id, "The back-off never resets", ["back-off"]),
      ("JITTER", .reasoning, exchange.id, nil, "Hmm, jitter?", ["jitter"]),
      ("sender.sw", .file, exchange.id, nil, "Sources/sender.swift", ["sender.swift"]),
    ]
    for (query, place, exchange, reply, snippet, marks) in cases {
      let hit = try #require(try await hit(query), "\(query)")
      #expect(hit.place == place && hit.exchange == exchange, "\(query)")
      if let reply { #expect(hit.reply == reply) }
      #expect(hit.snippet.text == snippet && marked(hit.snippet) == marks, "\(query): \(hit.snippet)")
    }
    #expect(try await hit("unseen") == nil, "what is in files is not searched")
    #expect(try await found("success", in: store).isEmpty, "what filters ask for is no text")
    #expect(try await found("fast", in: store).isEmpty)
    #expect(try await found("all", in: store).isEmpty)
  }

  @Test("A reply is found once it has ended, with what its last end said")
  func streaming() async throws {
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued("Q", models: [.fast]), in: UUID())
    let reply = exchange.replies[0].applying([(1, .text("half a lemma"))])
    try await store.checkpoint([reply])
    #expect(try await found("lemma", in: store).isEmpty)
    _ = try await store.finish(reply.applying([(2, .finished(.stop))]))
    #expect(try await found("lemma", in: store).count == 1)
    _ = try await store.finish(exchange.replies[0].answering("a theorem"))
    #expect(try await found("lemma", in: store).isEmpty)
    #expect(try await found("theorem", in: store).count == 1)
    try await store.checkIndex()
  }

  @Test("Filters are asked with words, alone, and turned round")
  func filters() async throws {
    let store = try ConversationStore(directory: directory.path)
    let gpt = ModelReference(provider: "openai", name: "gpt-4o")
    let llama = ModelReference(provider: "together", name: "meta-llama/Llama-3-70B")
    let day = Date(timeIntervalSince1970: 1_795_305_600)  // 2026-11-22, midnight UTC
    let old = try await add("alpha", answers: ["yes"], models: [gpt], at: day - 86400, in: store).id
    let new = try await add("alpha", answers: ["yes no"], files: ["a/b.txt"], models: [llama], at: day, in: store).id
    let bad = try await store.begin(.queued("beta", models: [gpt], at: day + 86400), in: UUID())
    _ = try await store.finish(bad.replies[0].applying([(1, .failed(SendFailure(.http, "no")))]))
    let failed = try await found("beta", in: store)[0]
    try await store.setTags(["Work", "to read"], of: new)
    try await store.setTags(["workshop"], of: old)
    try await store.setPinned(true, of: old)
    let expected: [(String, [UUID])] = [
      ("alpha model:gpt", [old]), ("model:GPT-4", [failed, old]), ("model:llama", [new]),
      ("model:openai/gpt", [failed, old]),
      ("model:none", []), ("-model:none", [failed, new, old]), ("provider:tog", [new]), ("-model:gpt", [new]),
      ("alpha -model:gpt", [new]), ("status:failed", [failed]), ("-status:failed", [new, old]),
      ("model:gpt -status:failed", [old]), ("tag:work", [new]), ("tag:works", [old]), ("tag:\"to read\" yes", [new]),
      ("alpha -tag:work", [old]), ("is:pinned", [old]), ("-is:pinned", [failed, new]), ("is:pinned -beta", [old]),
      ("-alpha", [failed]), ("is:pinned -alpha", []), ("file:b.txt", [new]), ("yes file:a", [new]),
      ("-file:b.txt", [failed, old]),
      ("before:2026-11-22", [old]), ("after:2026-11-22", [failed, new]), ("alpha after:2026-11-22", [new]),
      ("after:2026-11-22 before:2026-11-23", [new]), ("before:1970", []), ("-before:2026-11-23", [failed]),
      // The words of one turn, the filters of one, which may be another.
      ("beta status:failed", [failed]), ("status:failed alpha", []), ("beta status:failed model:gpt", [failed]),
      ("alpha status:success model:gpt", [old]), ("status:success beta", []), ("beta tag:work", []),
      ("beta status:failed is:pinned", []), ("alpha file:b.txt provider:tog", [new]),
      ("… status:failed", [failed]), ("beta -status:failed", []),
      ("yes no", [new]), ("yes -no", [old]), ("\"no yes\"", []), ("alpha beta", []),
    ]
    for (query, ids) in expected {
      #expect(try await found(query, in: store) == ids, "\(query)")
      #expect(try await Set(found(query, .title, in: store)) == Set(ids), "\(query) by title")
      #expect(try await Set(found(query, .relevance, in: store)) == Set(ids), "\(query) by relevance")
      #expect(try await found(query, .oldest, in: store) == ids.reversed(), "\(query), oldest first")
    }
    await #expect(throws: StoreError.self) { try await store.history(HistoryQuery("modle:gpt")) }
    await #expect(throws: StoreError.self) { try await store.hits(of: HistoryQuery("modle:gpt"), in: old) }
  }

  @Test("Words of languages without blanks are found, and code by the parts of its names")
  func languagesAndCode() async throws {
    let store = try ConversationStore(directory: directory.path)
    let texts = [
      "我在北京大学学习计算机科学。", "東京タワーへ行きました", "let retryCount = HTTPServer.maxRetries2Go", "snake_case_name and kebab-name",
      "Ärger über Größe, naïve façade", "안녕하세요 세계", "𠮷野家で食べる", "c++ std::vector<int> C#",
    ]
    var ids: [UUID] = []
    for text in texts { ids.append(try await add(text, in: store).id) }
    let expected = [
      ("北京", 0), ("大学", 0), ("计算机科学", 0), ("京", nil), ("京大", 0), ("东京", nil), ("東京", 1), ("タワー", 1), ("行き", 1),
      ("count", 2), ("retrycount", 2), ("retryCo", 2), ("server", 2), ("http", 2), ("httpserver", 2), ("retries2", 2),
      ("case", 3), ("snake_case", 3), ("kebab-na", 3), ("arger uber", 4), ("GROSSE", 4), ("größe", 4), ("facade", 4),
      ("안녕", 5), ("세계", 5), ("𠮷野", 6), ("std::vec", 7), ("c++", 7),
    ]
    for (query, index) in expected where query != "京" {
      #expect(try await found(query, in: store) == index.map { [ids[$0]] } ?? [], "\(query)")
    }
    #expect(try await Set(found("京", in: store)) == [ids[0], ids[1]])
    let hit = try #require(try await store.history(HistoryQuery("count")).summaries.first?.hit)
    #expect(marked(hit.snippet) == ["retryCount"])
    let tower = try #require(try await store.history(HistoryQuery("タワー")).summaries.first?.hit)
    #expect(marked(tower.snippet) == ["タワー"])
    try await store.checkIndex()
  }

  @Test("Two letters find the words that begin so, whatever comes behind them")
  func twoLetters() async throws {
    let store = try ConversationStore(directory: directory.path)
    var ids: [String: UUID] = [:]
    for text in ["be it", "a bear", "bells ring", "abet", "BEAUTIFUL", "béret", "b e", "bé", "say \"be"] {
      ids[text] = try await add(text, in: store).id
    }
    let expected = Set(["be it", "a bear", "bells ring", "BEAUTIFUL", "béret", "bé", "say \"be"].map { ids[$0] })
    #expect(try await Set(found("be", in: store)) == expected)
    #expect(try await Set(found("BÉ", in: store)) == expected)
    #expect(try await found("ring be", in: store) == [ids["bells ring"]])
    #expect(try await found("be -bells ring", in: store).isEmpty)
    #expect(try await found("zz", in: store).isEmpty)
    let bear = try #require(try await store.history(HistoryQuery("a be")).summaries.first { $0.id == ids["a bear"] })
    #expect(marked(try #require(bear.hit).snippet) == ["a", "bear"])
    // More letters may follow than are asked for one by one.
    _ = try await store.merge(
      (0..<300).map { number in
        let syllable = Character(Unicode.Scalar(0xAC00 + UInt32(number))!)
        return conversation("가나\(syllable)", at: .morning + Double(number))
      })
    #expect(try await store.history(HistoryQuery("가나"), limit: 400).summaries.count == 300)
    try await store.checkIndex()
  }

  @Test("Of a beginning that very many words have, every page is right, in both orders, with other words and without")
  func veryManyWords() async throws {
    let store = try ConversationStore(directory: directory.path)
    let conversations = (0..<700).map { number in
      let word = number % 7 == 0 ? "unity" : "uniq\(number)"
      let text = "\(word) \(number % 2 == 0 ? "even" : "odd") HTTPUniq\(number)"
      return conversation(text, at: .morning + Double(number))
    }
    _ = try await store.merge(conversations)
    let ids = conversations.map(\.id)
    let wanted: [(String, (Int) -> Bool)] = [
      ("uniq", { _ in true }), ("uniq* even ", { $0 % 2 == 0 }), ("uniq* -even", { $0 % 2 == 1 }),
      ("odd uniq1", { $0 % 2 == 1 && "\($0)".hasPrefix("1") }), ("unity uniq", { $0 % 7 == 0 }),
    ]
    for (query, isWanted) in wanted {
      for order in [HistoryOrder.newest, .oldest] {
        var pages: [UUID] = []
        var cursor: HistoryCursor?
        repeat {
          let page = try await store.history(HistoryQuery(query, order: order), after: cursor, limit: 20)
          pages += page.summaries.map(\.id)
          cursor = page.next
        } while cursor != nil
        // A conversation comes again where its title is found on a later page than its prompt.
        var seen: Set<UUID> = []
        pages = pages.filter { seen.insert($0).inserted }
        let sorted = ids.indices.filter(isWanted).map { ids[$0] }
        #expect(pages == (order == .newest ? sorted.reversed() : sorted), "\(query) \(order)")
      }
    }
    let hits = try await store.hits(of: HistoryQuery("uniq"), in: ids[9])
    #expect(hits.map(\.ranges) == [[0..<5, 10..<19]])
    try await store.checkIndex()
  }

  @Test(
    "Nothing that can be typed or stored breaks a search",
    arguments: [
      "foo\"", "AND", "OR NOT", "NEAR(a b)", "c++", "a-b", "col:x", "text:x", "*", "**", "^a", "{a}", "(", ")", "'",
      "\\",
      "👩‍👩‍👧‍👦", "\u{0}", "a\u{0}b", "\"\u{0}\"", "-\"", "-", "--", ":", "::", "-:", "\"\"\"\"", "a\"\"b", "\u{FEFF}",
      "\u{1}7",
      "%", "_", "\u{FF}all", "e\u{301}", "\u{202E}abc", "a AND b OR c NOT d", "𝒳𝒴", "+ - * /", "file:\"", "tag:'x\"y'",
    ])
  func anything(_ text: String) async throws {
    let store = try ConversationStore(directory: directory.path)
    try await add(text, answers: [text + " needle"], reasoning: text, files: [text], in: store)
    try await store.setTags([text], of: try await found("needle", in: store)[0])
    for order in HistoryOrder.allCases {
      for query in [
        text, text + " ", "needle " + text, "-" + text, text + "*", "\"" + text, String(repeating: text, count: 3000),
      ] {
        // So many parentheses in each other are refused by name.
        if query.hasPrefix("((((") { continue }
        _ = try await store.history(HistoryQuery(query, order: order))
      }
    }
    for summary in try await store.history(HistoryQuery()).summaries {
      _ = try await store.hits(of: HistoryQuery(text), in: summary.id)
    }
    #expect(try await found("needle", in: store).count == 1)
    try await store.checkIndex()
  }

  @Test("Every match of a conversation is given, in turn order, at its place in the text")
  func everyMatch() async throws {
    let store = try ConversationStore(directory: directory.path)
    let text = "Sky\u{0}sky, 北京 sky-blue\r\n" + String(repeating: "filler ", count: 3000) + "the SKY"
    let (id, first) = try await add(
      text, answers: ["no", "Blue sky 北京"], reasoning: "skyward sky", files: ["a.txt", "sky.txt"], in: store)
    let second = try await add("sky again", answers: ["sky"], to: id, at: .morning + 1_000_000, in: store).exchange
    try await add("sky elsewhere", in: store)
    func at(_ text: String, _ word: String, in whole: String) -> [Range<Int>] {
      let (bytes, wanted) = (Array(whole.lowercased().utf8), Array(word.utf8))
      return bytes.indices.filter { bytes[$0...].starts(with: wanted) }.map { $0..<$0 + wanted.count }
    }
    let hits = try await store.hits(of: HistoryQuery("sky "), in: id)
    #expect(hits.map(\.place) == [.prompt, .file, .reasoning, .reasoning, .answer, .prompt, .answer])
    #expect(hits.map(\.exchange) == Array(repeating: first.id, count: 5) + [second.id, second.id])
    #expect(hits[0].ranges == at("", "sky", in: text) && hits[0].ranges.count == 4)
    #expect(hits[1] == TextHits(place: .file, exchange: first.id, ranges: [6..<9]))
    #expect(hits[2] == TextHits(place: .reasoning, exchange: first.id, reply: first.replies[0].id, ranges: [8..<11]))
    #expect(hits[4] == TextHits(place: .answer, exchange: first.id, reply: first.replies[1].id, ranges: [5..<8]))
    #expect(hits[6] == TextHits(place: .answer, exchange: second.id, reply: second.replies[0].id, ranges: [0..<3]))
    let city = try await store.hits(of: HistoryQuery("北京 sky"), in: id)
    #expect(
      city.first?.ranges == (at("", "sky", in: text) + at("", "北京", in: text)).sorted { $0.lowerBound < $1.lowerBound })
    #expect(try await store.hits(of: HistoryQuery("sky"), in: UUID()).isEmpty)
    #expect(try await store.hits(of: HistoryQuery("model:fast"), in: id).isEmpty)
    #expect(try await store.hits(of: HistoryQuery(), in: id).isEmpty)
  }

  @Test("A snippet is one line around as many of the words as stand together, whatever the text")
  func snippets() async throws {
    let store = try ConversationStore(directory: directory.path)
    let filler = String(repeating: "word ", count: 50)
    let long = String(repeating: "x", count: 5000)
    let texts = [
      "\(filler)alpha \(filler)some\n\n\talpha,\u{7} beta \u{1B}[31m here \(filler)", "gamma\u{0}\(long)\u{0}\(long)",
      "\(long) delta", String(repeating: "北", count: 400) + "epsilon" + String(repeating: "é", count: 3000),
    ]
    for text in texts { try await add(text, in: store) }
    func snippet(_ text: String) async throws -> HighlightedText {
      try #require(try await store.history(HistoryQuery(text)).summaries.first?.hit?.snippet)
    }
    let one = try await snippet("alpha beta")
    #expect(one.text == "…word word word some alpha, beta [31m here word word word word word word word word…")
    #expect(marked(one) == ["alpha", "beta"])
    for word in ["gamma", "delta", "epsilon"] {
      let snippet = try await snippet(word)
      #expect(marked(snippet).first?.hasPrefix(word) == true, "\(word)")
      #expect(snippet.text.utf8.count < 900 && snippet.text.contains("…"))
    }
  }
}

extension ConversationStore {
  /// Compares the index with what it is to hold.
  func checkIndex() async throws {
    try await execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
  }
}
