import FoundationEssentials

/// What the environment says about the ways to providers: proxies and certificate authorities.
public struct NetworkEnvironment: Sendable {
  private let variables: [String: String]

  public init(_ variables: [String: String] = [:]) { self.variables = variables }

  /// The value and the name it was found by, the lower-case one first, as curl does. What is empty counts as unset.
  private func value(_ name: String) -> (text: String, name: String)? {
    for name in [name.lowercased(), name] {
      if let text = variables[name], !text.allSatisfy(\.isWhitespace) { return (text, name) }
    }
    return nil
  }

  /// The proxy that a request to an address goes through; `nil` where it goes straight.
  func proxy(scheme: String, host: String, port: Int) throws(NetworkProblem) -> ProxyAddress? {
    guard let (text, name) = value(scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? value("ALL_PROXY") else {
      return nil
    }
    if let (hosts, _) = value("NO_PROXY"), NoProxy(hosts).covers(host, port: port) { return nil }
    return try ProxyAddress(text, source: "$" + name)
  }

  /// Whom to trust: `caFile` alone, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name (as OpenSSL reads them), or the
  /// system.
  func trust(caFile: String?) -> Trust {
    if let caFile {
      let home = variables["HOME"] ?? ""
      let path = caFile.hasPrefix("~/") ? home + caFile.dropFirst() : caFile
      return Trust(file: .init(path: path, source: "ca_file in models.yaml"))
    }
    var trust = Trust.system
    if let file = variables["SSL_CERT_FILE"], !file.isEmpty {
      trust.file = .init(path: file, source: "$SSL_CERT_FILE")
    }
    let folders = variables["SSL_CERT_DIR"]?.split(separator: ":") ?? []
    trust.directories = folders.map { .init(path: String($0), source: "$SSL_CERT_DIR") }
    return trust
  }

  /// How the providers are reached, for `fiedler doctor`: what is out of the ordinary, and what is wrong. Blocks on the
  /// disk.
  public func report(on providers: [ConfiguredProvider]) -> (notes: [String], problems: [String]) {
    var (notes, problems): ([String], [String]) = ([], [])
    var tried: Set<Trust> = []
    for provider in providers where provider.kind != .demo {
      do {
        let url = try ProviderURL(provider.baseURL)
        if let variable = provider.baseURLVariable { notes.append("\(provider.name): \(url.text) ($\(variable))") }
        let route = try Route(to: url, provider.network, self)
        if let proxy = route.proxy { notes.append("\(provider.name): through the proxy \(proxy)") }
        if let file = route.trust.file { notes.append("\(provider.name): trusts \(file.path) (\(file.source))") }
        // A file that is named is meant to be used, also where requests go in the clear just now.
        let trust = provider.network.caFile.map { self.trust(caFile: $0) } ?? route.trust
        if tried.insert(trust).inserted { _ = try trust.configuration() }
      } catch let problem as NetworkProblem {
        problems.append("\(provider.name): \(problem)")
      } catch {
        problems.append("\(provider.name): base_url is no address: \(provider.baseURL)")
      }
    }
    return (notes, problems)
  }
}

/// The way that requests to one address take.
struct Route: Hashable, Sendable {
  /// Requests in the clear are handed to an HTTP proxy whole, in absolute form; all others go through a tunnel.
  var isForwarded = false
  var proxy: ProxyAddress?
  var trust = Trust.system

  init() {}

  init(to url: ProviderURL, _ settings: NetworkSettings, _ environment: NetworkEnvironment) throws(NetworkProblem) {
    switch settings.proxy {
    case .off: proxy = nil
    case .address(let address): proxy = address
    case .environment:
      proxy = try environment.proxy(scheme: url.isEncrypted ? "https" : "http", host: url.host, port: url.port)
    }
    isForwarded = proxy?.kind == .http && !url.isEncrypted
    if url.isEncrypted { trust = environment.trust(caFile: settings.caFile) }
  }
}
