import Conversations
import FoundationEssentials

/// What an API takes of pictures and PDFs. What it does not say, or what is not known of it, it is asked to say.
struct MediaRules: Hashable, Sendable {
  var types = Set(MediaType.allCases)
  /// Of one picture as it is sent, in base64.
  var imageBytes: Int?
  /// Of all files of a request, in base64.
  var requestBytes: Int?
  /// Pictures in one request.
  var images: Int?
  /// Width and height of a picture, in pixels.
  var side: Int?

  /// Why the last of these files, which go along in one request, cannot; `nil` where it can.
  func refusal(ofLast files: [Media]) -> String? {
    guard let file = files.last else { return nil }
    if !types.contains(file.type) {
      let known = MediaType.allCases.filter(types.contains).map(\.name).joined(separator: ", ")
      return "its API takes \(known), no \(file.type.name); convert it"
    }
    if file.type.isImage {
      if let limit = imageBytes, file.base64Count > limit {
        return "it takes \(Self.words(file.base64Count)) in base64, and a picture may take \(Self.words(limit)); "
          + "make it smaller"
      }
      if let side, let size = file.size, max(size.width, size.height) > side {
        return "it is \(size), and a picture may have \(side) pixels a side; make it smaller"
      }
      if let images, files.count(where: \.type.isImage) > images {
        return "a request may have \(images) pictures, those of earlier turns included; attach fewer"
      }
    }
    let sum = files.reduce(0) { $0 + $1.base64Count }
    if let limit = requestBytes, sum > limit {
      return "all files take \(Self.words(sum)) in base64, those of earlier turns included, and a request may take "
        + "\(Self.words(limit)); attach fewer or smaller ones"
    }
    return nil
  }

  private static func words(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + 524_288) / 1_048_576
    return tenths % 10 == 0 ? "\(tenths / 10) MiB" : "\(tenths / 10).\(tenths % 10) MiB"
  }
}

extension Media {
  /// How long it is in base64.
  var base64Count: Int { (data.count + 2) / 3 * 4 }

  var base64: String { data.base64EncodedString() }

  /// As browsers and OpenAI's APIs take it (RFC 2397).
  var dataURI: String { "data:\(type.rawValue);base64,\(base64)" }
}

extension MediaRules {
  /// Anthropic's guides "Vision" and "PDF support": 5 MB a picture, counted in base64, 8000 pixels a side, 100 pictures
  /// and 32 MB a request.
  static let anthropic = MediaRules(imageBytes: 5 << 20, requestBytes: 32 << 20, images: 100, side: 8000)

  /// Google's guides "Image understanding" and "Document understanding": 20 MB a request, and no GIF.
  static let gemini = MediaRules(types: [.png, .jpeg, .webp, .pdf], requestBytes: 20 << 20)

  /// OpenAI's guides "Images and vision"
  /// (https://platform.openai.com/docs/guides/images-vision#image-input-requirements: 50 MB and 500 pictures a request)
  /// and "PDF files" (https://platform.openai.com/docs/guides/pdf-files: 50 MB).
  static let openai = MediaRules(requestBytes: 50 << 20, images: 500)

  /// The questions at the end of Mistral's guide to vision (https://docs.mistral.ai/capabilities/vision/): 10 MB a
  /// file, 8 pictures a request, 10000 pixels a side.
  static let mistral = MediaRules(imageBytes: (10 << 20) / 3 * 4, images: 8, side: 10_000)

  /// Of the servers that speak OpenAI's chat completions, by their own guides to vision.
  init(_ dialect: ChatDialect) {
    switch dialect {
    case .openai, .azure: self = .openai
    case .xAI: self.init(types: [.png, .jpeg], imageBytes: 20 << 20)
    case .groq: self.init(types: Set(MediaType.allCases).subtracting([.pdf]), requestBytes: 4 << 20, images: 5)
    case .mistral: self = .mistral
    case .openRouter, .deepSeek, .cerebras, .together, .ollama, .llamaCPP, .vLLM, .lmStudio, .other: self.init()
    }
  }
}
