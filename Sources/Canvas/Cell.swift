/// One cell of a frame: a base character with at most three combining marks, and how it looks.
///
/// 24 bytes and trivially copyable: a frame is one flat array, compared and copied as such.
public struct Cell: Hashable, Sendable {
  // In this order the fields leave no holes.
  /// Three marks of 21 bits, and whether the cell ``continuesCluster``.
  private var marks: UInt64
  /// The base character; 0 in the right half of a wide character.
  public private(set) var scalar: UInt32
  public var style: Style
  /// 1 or 2 columns; 0 in the right half of a wide character.
  public private(set) var width: UInt8
  /// The link it belongs to, counted from 1 among those of its row or ``Frame/links``; 0 for none.
  public var link: UInt16 = 0

  public static let blank = Cell(" ", style: .plain)

  /// A cell of one column (or `width` columns). The scalar must have been sanitised.
  public init(_ scalar: Unicode.Scalar, width: UInt8 = 1, style: Style) {
    self.marks = 0
    self.scalar = scalar.value
    self.style = style
    self.width = width
  }

  private init(continuationOf cell: Cell) {
    marks = 0
    scalar = 0
    style = cell.style
    width = 0
    link = cell.link
  }

  /// The right half of this wide character.
  public var continuation: Cell { Cell(continuationOf: self) }
  public var isContinuation: Bool { width == 0 }

  /// Adds a combining mark; a fourth one is dropped.
  public mutating func add(mark: Unicode.Scalar) {
    for slot in 0..<3 as Range<UInt64> where (marks >> (slot * 21)) & 0x1F_FFFF == 0 {
      marks |= UInt64(mark.value) << (slot * 21)
      return
    }
  }

  /// Base and marks, at most four; empty in the right half of a wide character.
  public var scalars: [Unicode.Scalar] {
    guard let base = Unicode.Scalar(scalar), scalar != 0 else { return [] }
    if isSimple { return [base] }
    return [base]
      + (0..<3 as Range<UInt64>).compactMap { slot in
        let value = UInt32((marks >> (slot * 21)) & 0x1F_FFFF)
        return value == 0 ? nil : Unicode.Scalar(value)
      }
  }

  /// True where the cell is a base character alone, the common case.
  public var isSimple: Bool { marks & ~Self.clusterBit == 0 }

  /// The cell belongs to one grapheme cluster with the cell before it, as the second half of a flag does: the two are
  /// not to be torn apart.
  public var continuesCluster: Bool {
    get { marks & Self.clusterBit != 0 }
    set { marks = newValue ? marks | Self.clusterBit : marks & ~Self.clusterBit }
  }

  private static let clusterBit: UInt64 = 1 << 63
}
