import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Test func showAll() {
  for (w, h) in [(80, 24), (100, 28), (200, 60), (40, 12)] {
    print("=== welcome \(w)x\(h)"); print(AppDriver(w, h).screen)
    print("=== streaming \(w)x\(h)"); print(AppDriver.streaming(w, h).screen)
  }
}
