#if !LIBFUZZER
  import Basics
  import FoundationEssentials
  import Glibc

  /// The short form, which knows nothing of what the code does with an input: each kept input as it is, then changed
  /// ones for some seconds, or so many times (`1000x`). `Fuzz LIMIT SEED LONGEST CURRENT FOLDER`: no changed input
  /// has more than LONGEST bytes; the one that is tried stands in the file CURRENT, so that it is known of which one a
  /// run ended.
  @main struct Mutations {
    static func main() throws {
      let arguments = CommandLine.arguments
      guard arguments.count == 6, let limit = Limit(arguments[1]), let seed = UInt64(arguments[2]),
        let longest = Int(arguments[3])
      else {
        print("usage: FUZZ=TARGET Fuzz SECONDS|RUNSx SEED LONGEST CURRENT FOLDER")
        exit(2)
      }
      let current = arguments[4]
      let file = open(current, O_RDWR | O_CREAT | O_TRUNC, 0o644)
      guard file >= 0 else { fatalError("\(current) cannot be written") }
      let folder = arguments[5]
      let kept = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        .map { [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))) }
      func run(_ bytes: [UInt8]) {
        guard ftruncate(file, 0) == 0, pwrite(file, bytes, bytes.count, 0) == bytes.count else {
          fatalError("\(current) cannot be written")
        }
        // One that takes as long as this is a finding, too: the signal ends the program.
        allow(seconds: 30)
        target(bytes)
      }
      for bytes in kept { run(bytes) }
      var changes = Changes(kept: kept, seed: seed, longest: longest)
      var runs = kept.count
      while limit.allows(runs) {
        run(changes.next())
        runs += 1
      }
      allow(seconds: 0)
      unlink(current)
      print(runs)
    }
  }

  /// So much time of the processor until a signal ends the program, or any with 0: one that is stopped, or that others
  /// keep from its work, is not slow.
  private func allow(seconds: Int) {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    setitimer(CInt(ITIMER_PROF.rawValue), &timer, nil)
  }

  private enum Limit {
    case runs(Int)
    case until(ContinuousClock.Instant)

    init?(_ words: String) {
      if words.hasSuffix("x"), let runs = Int(words.dropLast()) {
        self = .runs(runs)
      } else if let seconds = Double(words) {
        self = .until(.now + .seconds(seconds))
      } else {
        return nil
      }
    }

    func allows(_ done: Int) -> Bool {
      switch self {
      case .runs(let runs): done < runs
      case .until(let end): .now < end
      }
    }
  }

  /// Kept inputs, changed at random; the same ones for the same seed.
  private struct Changes {
    /// What ends, nests or steers in one format or another.
    private static let marks =
      Array("\"\\{}[]()<>:,;/*#&|`~$!?-+.eE01 \t\r\n".utf8) + [0, 0x1B, 0x7F, 0xC2, 0xE2, 0xFF]

    private let kept: [[UInt8]]
    private let longest: Int
    private var random: SplitMix64

    init(kept: [[UInt8]], seed: UInt64, longest: Int) {
      self.kept = kept
      self.longest = longest
      random = SplitMix64(state: seed)
    }

    mutating func next() -> [UInt8] {
      var bytes = kept.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...8, using: &random) { change(&bytes) }
      return Array(bytes.prefix(longest))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 3: bytes.insert(Self.marks.randomElement(using: &random) ?? 0, at: place)
      case 4: bytes.removeSubrange(range(in: bytes))
      case 5: bytes.insert(contentsOf: bytes[range(in: bytes)], at: place)
      case 6:
        let part = bytes[range(in: bytes)].prefix(16)
        let count = Int.random(in: 1...40, using: &random)
        bytes.insert(contentsOf: [[UInt8]](repeating: Array(part), count: count).joined(), at: place)
      case 7:
        let other = kept.randomElement(using: &random) ?? []
        bytes.insert(contentsOf: other[range(in: other)], at: place)
      default: break
      }
    }

    private mutating func range(in bytes: [UInt8]) -> Range<Int> {
      let (one, other) = (
        Int.random(in: 0...bytes.count, using: &random), Int.random(in: 0...bytes.count, using: &random)
      )
      return min(one, other)..<max(one, other)
    }
  }
#endif
