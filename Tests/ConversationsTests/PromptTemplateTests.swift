import Conversations
import Testing

@Suite("Prompt templates") struct PromptTemplateTests {
  private func template(_ body: String, _ declared: PromptTemplate.Variable...) -> PromptTemplate {
    PromptTemplate(title: "T", declared: declared, body: body)
  }

  @Test("Blanks within the braces count for nothing, \\{{ is {{, and what names nothing stays as it is")
  func pieces() {
    let cases: [(String, [PromptTemplate.Piece])] = [
      ("a {{b}} c", [.text("a "), .variable("b"), .text(" c")]),
      ("{{  b-1 }}", [.variable("b-1")]),
      ("\\{{b}}", [.text("{{b}}")]),
      ("\\{{b}} {{b}}", [.text("{{b}} "), .variable("b")]),
      ("{{}} {{ }} {{1a}} {{a b}} {{a", [.text("{{}} {{ }} {{1a}} {{a b}} {{a")]),
      ("{{{a}}}", [.text("{"), .variable("a"), .text("}")]),
      ("{{a {{b}}", [.text("{{a "), .variable("b")]),
      ("{{größe}}\n{{_x}}", [.variable("größe"), .text("\n"), .variable("_x")]),
      ("", []),
    ]
    for (body, pieces) in cases { #expect(template(body).pieces == pieces, "\(body)") }
  }

  @Test("Values come before defaults; what has neither stays and is named once, in order")
  func filling() {
    let template = template("{{b}} {{a}} {{c}} {{a}}", .init(name: "c", value: "see"), .init(name: "b", value: "bee"))
    #expect(template.variables.map(\.name) == ["b", "a", "c"])
    #expect(template.filled(with: ["c": "sea"]).text == "bee {{a}} sea {{a}}")
    #expect(template.filled(with: ["c": "sea"]).missing == ["a"])
    #expect(template.filled(with: ["a": "{{b}}"]).text == "bee {{b}} see {{b}}")
    #expect(template.filled(with: ["a": ""]).missing == [])
  }

  @Test("Input fills its variable wherever that stands, or follows a text without it")
  func input() {
    #expect(template("<{{input}}|{{input}}>").filled(with: ["input": "x"]).text == "<x|x>")
    #expect(template("Review:").filled(with: ["input": "x"]).text == "Review:\n\nx")
    #expect(template("").filled(with: ["input": "x"]).text == "x")
    #expect(template("{{input}}", .init(name: "input", value: "all")).filled(with: [:]).text == "all")
  }
}
