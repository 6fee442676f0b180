import Conversations

/// When requests to one provider may go out. A value: time comes in from outside, as the time since the limiter began.
///
/// What `models.yaml` sets holds always. What a provider's headers say remains holds until they are due to be reset. A
/// 429 keeps everybody away for as long as it asks, and for half a minute no more go out at once than got through then.
struct Admission: Sendable {
  enum Answer: Hashable, Sendable {
    /// It counts as under way from now on, by this number.
    case go(Int)
    /// Nothing before then.
    case wait(until: Duration)
    /// Another one must end first.
    case waitForEnd
  }

  /// A limit that is learnt.
  private struct Budget: Sendable {
    var countsTokens: Bool
    var limit: Int?
    var remaining: Int
    var reset: Duration

    func spending(_ count: Int) -> Budget {
      var budget = self
      budget.remaining -= count
      return budget
    }
  }

  private static let minute = Duration.seconds(60)
  /// How long a crowd is remembered that was too large.
  private static let memory = Duration.seconds(30)

  var limits: ProviderLimits
  /// What a header says would have to be waited longer than this is not waited for: the provider shall say it itself.
  let longestWait: Duration
  /// By their numbers.
  private var requests: Set<Int> = []
  private var lastNumber = 0
  /// Requests the provider has let in so far.
  private(set) var admitted = 0
  /// Those under way whose answer has not begun: no header counts them yet.
  private var unanswered: Set<Int> = []
  private var starts: [(at: Duration, tokens: Int)] = []
  private var budgets: [String: Budget] = [:]
  private var closedUntil = Duration.zero
  private var crowd: (most: Int, until: Duration)?

  init(limits: ProviderLimits, longestWait: Duration) {
    self.limits = limits
    self.longestWait = longestWait
  }

  /// Asks for one request with a prompt of so many tokens.
  mutating func ask(tokens: Int, at now: Duration) -> Answer {
    starts.removeAll { $0.at + Self.minute <= now }
    budgets = budgets.filter { $0.value.reset > now }
    if let until = crowd?.until, until <= now { crowd = nil }
    if let until = earliest(tokens, now), until > now { return .wait(until: until) }
    let most = min(limits.concurrency ?? .max, crowd?.most ?? .max)
    guard underway < most else { return .waitForEnd }
    lastNumber += 1
    requests.insert(lastNumber)
    unanswered.insert(lastNumber)
    starts.append((now, tokens))
    budgets = budgets.mapValues { $0.spending($0.countsTokens ? tokens : 1) }
    return .go(lastNumber)
  }

  var underway: Int { requests.count }

  private func earliest(_ tokens: Int, _ now: Duration) -> Duration? {
    var times = [closedUntil]
    if let most = limits.requestsPerMinute, starts.count >= most {
      times.append(starts[starts.count - most].at + Self.minute)
    }
    if let most = limits.tokensPerMinute {
      var sum = starts.reduce(0) { $0 + $1.tokens }
      // A prompt that fits no minute goes out when nothing else has.
      for start in starts where sum > 0 && sum + tokens > most {
        sum -= start.tokens
        times.append(start.at + Self.minute)
      }
    }
    for budget in budgets.values where budget.reset - now <= longestWait {
      let needed = budget.countsTokens ? min(tokens, budget.limit ?? tokens) : 1
      if budget.remaining < max(needed, 1) { times.append(budget.reset) }
    }
    return times.max()
  }

  /// The answer to a request has begun.
  mutating func begin(_ number: Int, _ headers: RateLimitHeaders, at now: Duration) {
    admitted += 1
    unanswered.remove(number)
    for (name, budget) in headers.budgets {
      let pending = budget.countsTokens ? 0 : unanswered.count
      budgets[name] = Budget(
        countsTokens: budget.countsTokens, limit: budget.limit, remaining: budget.remaining - pending,
        reset: now + budget.reset)
    }
  }

  /// A request has ended, however.
  mutating func end(_ number: Int) {
    requests.remove(number)
    unanswered.remove(number)
  }

  /// A request that has ended was refused for being one too many; it is asked again after `delay`.
  mutating func refused(for delay: Duration, at now: Duration) {
    closedUntil = max(closedUntil, now + delay)
    if underway > 0 { crowd = (underway, now + Self.memory) }
  }
}
