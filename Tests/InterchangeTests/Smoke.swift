import Interchange
import Testing
@Test func smoke() { #expect(ExportFormat.allCases.count == 3) }
