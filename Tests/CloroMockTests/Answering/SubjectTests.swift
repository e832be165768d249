import Testing

@testable import CloroMock

@Suite("Subjects and slugs")
struct SubjectTests {
  @Test(
    "A subject is the question on one line without the punctuation at its end",
    arguments: [
      ("What is the best CRM?", "What is the best CRM"), ("  a \n\t b  ", "a b"),
      ("Hi!?.,;: ", "Hi"),
      ("a. b.", "a. b"), ("日本語の質問", "日本語の質問"),
      ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"), ("a\u{A0}\u{3000}b", "a b"),
      ("", "your question"), ("???", "your question"), (" \n ", "your question"),
      ("? !", "your question"),
    ])
  func text(question: String, subject: String) {
    #expect(Subject.text(of: question) == subject)
  }

  @Test(
    "A subject has at most 60 characters, and no space at the cut",
    arguments: ["a", "é", "水", "😀"])
  func cut(character: String) {
    let subject = Subject.text(of: String(repeating: character, count: 10_000))
    #expect(subject.unicodeScalars.count == 60)
    let words = Subject.text(of: String(repeating: character + " ", count: 100))
    #expect(words.unicodeScalars.count == 59 && words.last != " ")
  }

  @Test("A question that begins with much white space has a subject all the same")
  func leadingSpace() {
    #expect(Subject.text(of: String(repeating: " ", count: 500) + "CRM") == "CRM")
  }

  @Test("A question of 10,000 spaces and a long one take no time")
  func long() {
    #expect(Subject.text(of: String(repeating: "ab ", count: 3333)).hasPrefix("ab ab"))
  }

  @Test(
    "A slug has lower-case letters, digits and single hyphens",
    arguments: [
      ("What is the best CRM", "what-is-the-best-crm"), ("C++ & C#", "c-c"), ("--a--", "a"),
      ("Café au lait", "caf-au-lait"), ("日本語", "topic"), ("😀", "topic"), ("", "topic"),
      ("GPT-5 2026", "gpt-5-2026"), ("日本 CRM 語", "crm"), ("a\u{301}", "a"),
    ])
  func slug(subject: String, slug: String) {
    #expect(Subject.slug(of: subject) == slug)
  }
}
