import Basics

/// Comma-separated values (RFC 4180), read with the lines they stand on. Where the first line has no comma, semicolons
/// or tabs separate them, as spreadsheets of many countries write it.
enum CSVText {
  struct Record {
    /// Where it begins, from 1.
    var line: Int
    var fields: [String]
  }

  /// A quote is opened and never closed.
  struct OpenQuote: Error {
    /// Where its record begins, from 1.
    var line: Int
  }

  /// Scalar by scalar: a mark at a field's beginning makes one character of itself and the comma before it.
  static func records(_ text: String) throws(OpenQuote) -> [Record] {
    let separator = separator(of: text)
    var records: [Record] = []
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var (line, start) = (1, 1)
    var isQuoted = false
    var wasQuoted = false
    var rest = text.unicodeScalars[...]
    func endRecord() {
      fields.append(String(field))
      // A blank line is no record.
      if fields.count > 1 || !fields[0].isEmpty || wasQuoted { records.append(Record(line: start, fields: fields)) }
      (fields, field, wasQuoted, start) = ([], .init(), false, line)
    }
    while let scalar = rest.popFirst() {
      let endsLine = scalar == "\n" || scalar == "\r" && rest.first != "\n"
      if endsLine { line += 1 }
      if isQuoted {
        if scalar != "\"" {
          field.append(scalar)
        } else if rest.first == "\"" {
          field.append(rest.removeFirst())
        } else {
          isQuoted = false
        }
        continue
      }
      switch scalar {
      case "\"" where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
      case separator:
        fields.append(String(field))
        (field, wasQuoted) = (.init(), false)
      case _ where endsLine: endRecord()
      case "\r": break
      default: field.append(scalar)
      }
    }
    if isQuoted { throw OpenQuote(line: start) }
    if !field.isEmpty || !fields.isEmpty || wasQuoted { endRecord() }
    return records
  }

  /// What separates the fields of the first line.
  private static func separator(of text: String) -> Unicode.Scalar {
    var isQuoted = false
    var found: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": isQuoted.toggle()
      case _ where isQuoted: continue
      case ",", "\n", "\r": return scalar == "," ? "," : found ?? ","
      case ";", "\t": found = found ?? scalar
      default: continue
      }
    }
    return found ?? ","
  }

  /// A record as a line, with its end.
  static func line(_ fields: [String]) -> String {
    fields.map { field in
      let isPlain = !field.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
      return isPlain ? field : "\"" + field.replacingScalars("\"", with: "\"\"") + "\""
    }.joined(separator: ",") + "\r\n"
  }
}
