import Conversations

extension ProviderURL {
  /// The model's own. Throws `.invalidRequest`, naming the provider, if it is no http or https address.
  init(_ model: ConfiguredModel) throws(SendFailure) {
    do throws(Invalid) {
      try self.init(model.baseURL)
    } catch {
      throw SendFailure(
        .invalidRequest,
        "the base_url of provider \(model.reference.provider) is \(error.found); it must be \(error.expected) (models.yaml)"
      )
    }
  }

  /// The address of an endpoint: this one where it is whole, else `root` with the endpoint's path.
  func endpoint(_ path: String, below root: String) -> String {
    text.prefix { $0 != "?" }.hasSuffix(path) ? text : root + path
  }

  /// The address that Gemini's models are below, `models/...` left out; where one model's endpoint is given, that of
  /// any.
  var geminiRoot: String {
    let path = text.prefix { $0 != "?" }
    if endpointKind == .gemini, let models = path.ranges(of: "/models/").last {
      return String(path[..<models.lowerBound])
    }
    return versioned("v1beta")
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
