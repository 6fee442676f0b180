import Conversations

/// A provider's base address as a configuration gives it, checked and tidied.
struct BaseURL {
  /// Without a slash at the end.
  let text: String
  /// In lower case.
  let host: String

  /// Throws `.invalidRequest`, naming the provider, if it is no http or https address.
  init(_ model: ConfiguredModel) throws(SendFailure) {
    let provider = model.reference.provider
    var rest = model.baseURL[...]
    while rest.last == "/" { rest.removeLast() }
    let scheme = ["https://", "http://"].first { rest.lowercased().hasPrefix($0) }
    guard let scheme else {
      let what = model.baseURL.isEmpty ? "has no base_url" : "has the base_url “\(model.baseURL)”"
      throw SendFailure(
        .invalidRequest, "provider \(provider) \(what); it must be like https://api.example.com/v1 (models.yaml)")
    }
    let authority = rest.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else {
      throw SendFailure(
        .invalidRequest,
        "the base_url of provider \(provider) holds a user name or password; use api_key_env (models.yaml)")
    }
    guard !authority.isEmpty, !rest.contains(where: \.isWhitespace), !rest.contains("?"), !rest.contains("#") else {
      throw SendFailure(
        .invalidRequest, "the base_url of provider \(provider) is not an address: “\(model.baseURL)” (models.yaml)")
    }
    text = String(rest)
    host = String(authority.prefix { $0 != ":" }).lowercased()
  }

  /// The address with its API version: the one its path ends with (`.../v1`), else `version` put after it.
  func versioned(_ version: String) -> String {
    let afterScheme = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
    let last = afterScheme.dropFirst().last ?? ""
    let isVersion = last.first == "v" && last.dropFirst().first?.isNumber == true
    return isVersion ? text : text + "/" + version
  }
}

extension String {
  /// For one segment of a URL's path (RFC 3986): everything but unreserved characters percent-encoded.
  var percentEncodedSegment: String {
    var out = ""
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return out
  }
}
