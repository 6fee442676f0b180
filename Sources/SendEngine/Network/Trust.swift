import ConfigurationReading
import FoundationEssentials
import NIOSSL

/// Whose certificates are trusted, by the paths that say so.
struct Trust: Hashable, Sendable {
  struct Place: Hashable, Sendable {
    let path: String
    /// Who named it: a variable or a setting.
    let source: String
  }

  /// Instead of the system's authorities; `nil` for these.
  var file: Place?
  /// Besides.
  var directories: [Place] = []

  static let system = Trust()

  /// Where a PEM file may still be sensible.
  private static let maximumBytes = 16 << 20

  /// A client's configuration; `nil` for the usual one. Blocks on the disk.
  func configuration() throws(NetworkProblem) -> TLSConfiguration? {
    guard self != .system else { return nil }
    var configuration = TLSConfiguration.makeClientConfiguration()
    var more: [NIOSSLCertificate] = []
    if !directories.isEmpty {
      var problems: [NetworkProblem] = []
      for place in directories {
        do throws(NetworkProblem) { more += try Self.certificates(in: place) } catch { problems.append(error) }
      }
      // Of several folders, one that is there is enough: lists of usual places are common.
      if problems.count == directories.count, let first = problems.first { throw first }
    }
    if let file {
      configuration.trustRoots = .certificates(try Self.certificates(of: file) + more)
    } else {
      configuration.additionalTrustRoots = [.certificates(more)]
    }
    return configuration
  }

  private static func certificates(of place: Place) throws(NetworkProblem) -> [NIOSSLCertificate] {
    func refused(_ reason: String) -> NetworkProblem {
      NetworkProblem(description: "the certificates that \(place.source) names, \(place.path.visible), \(reason)")
    }
    let bytes: [UInt8]
    do throws(RegularFile.Failure) {
      bytes = try RegularFile(path: place.path).read(limit: maximumBytes)
    } catch { throw refused("cannot be read: \(error)") }
    // What is wrong with a certificate, the library tells only in words of its own.
    guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
      throw refused("are none: it must hold certificates in PEM form (-----BEGIN CERTIFICATE-----)")
    }
    return found
  }

  /// Every file of a folder that holds certificates, whatever it is called.
  private static func certificates(in place: Place) throws(NetworkProblem) -> [NIOSSLCertificate] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: place.path) } catch {
      throw NetworkProblem(
        description: "the folder of certificates that \(place.source) names, \(place.path.visible), cannot be read")
    }
    var seen: Set<String> = []
    return names.sorted().flatMap { name -> [NIOSSLCertificate] in
      let path = "\(place.path)/\(name)"
      // The same file stands there under its name and under its hash; what is no certificate belongs to somebody else.
      let real = (try? RegularFile(path: path).realPath) ?? path
      guard seen.insert(real).inserted else { return [] }
      return (try? certificates(of: Place(path: path, source: place.source))) ?? []
    }
  }
}
