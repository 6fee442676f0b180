/// The words of the demo models' tour. A key stands in a code span as the program writes it in words, `Ctrl+S`; a test
/// holds every one against the table of keys.
enum DemoTourTexts {
  static func text(_ part: DemoTour.Part, _ voice: DemoTour.Voice) -> String {
    switch part {
    case .watching: watching(voice)
    case .history: history(voice)
    case .models: models(voice)
    case .comparing: comparing(voice)
    }
  }

  static func reasoning(_ part: DemoTour.Part) -> String {
    switch part {
    case .watching:
      """
      Whoever asks sees the panes for the first time. What helps at once? How to move, how to enlarge, how to stop. A \
      table is read faster than sentences. The figures in the border want a word, too: they are measured, not guessed.
      """
    case .history:
      """
      The second question comes when the first answers are worth keeping. They are kept already, so tell where. A \
      recording is small: pieces and their times. That can be reckoned out.
      """
    case .models:
      """
      Now for real models. Two ways: a variable in the environment, which is enough for the known providers, and a file \
      for everything else. Then the price, which is a sum of two products.
      """
    case .comparing:
      """
      Several answers to one question: which to believe? Put two side by side, then ask on from the better one. Nothing \
      is overwritten by that: a branch stands beside the old one.
      """
    }
  }

  private static func watching(_ voice: DemoTour.Voice) -> String {
    switch voice {
    case .quick:
      """
      You asked several models at once. Each answers in a pane of its own, and none waits for another.

      - `Tab` goes to the next pane, `Esc` back to the prompt
      - `z` gives a pane the whole screen, and takes it back
      - `v` puts the panes in a grid, columns, rows or tabs
      - `c` stops one answer, `C` all of them

      `F1` lists every key, `Ctrl+P` finds an action by its name. **Ask something else**, and I go on with the history.
      """
    case .steady:
      """
      1. Press `Tab` until this pane is lit.
      2. `g` takes you to the beginning, `G` to the end.
      3. `/` finds words in the answer, `n` the next place.
      4. `y` copies the answer as Markdown.
      5. `Esc` brings you back to the prompt.

      While answers stream you can write the next prompt. It waits for them, and goes by itself once all have ended.
      """
    case .thinker:
      """
      All of us were asked in the same moment. What I thought is folded away: `r` unfolds it.

      | key | in a pane |
      |---|---|
      | `g` `G` | beginning, end |
      | `y` | copy the answer |
      | `m` | its Markdown as it came |
      | `R` | ask this model again |

      The border measures how fast an answer comes: $n$ tokens, the first at $t_1$, the last at $t_n$:

      $$r = \\frac{n - 1}{t_n - t_1}$$

      Code has its language's colours, and `Y` copies a block without the words around it:

      ```swift
      for await answer in ask(models) {
        print(answer.model, answer.rate)
      }
      ```
      """
    case .flaky:
      """
      I was overloaded at first. The pane said so and counted down, and Fiedler asked me again by itself: busy servers \
      and lost connections are tried up to three times, with growing pauses.

      - What no second try mends, such as a wrong key, is said at once, with the way out.
      - `R` asks me again; `{` and `}` go through the attempts.

      > What had come before a failure is kept, even after a power cut.
      """
    }
  }

  private static func history(_ voice: DemoTour.Voice) -> String {
    switch voice {
    case .quick:
      """
      Everything you ask and everything that comes back is kept on your machine.

      - `Ctrl+S` opens the history, `/` searches it while you type
      - `Enter` opens a conversation, and you ask on in it
      - `p` in a pane **replays** an answer in the time it took
      - `Space` pauses the replay, `.` jumps to the next event

      Next time I tell how real models come in.
      """
    case .steady:
      """
      1. `Ctrl+S` lists the conversations, newest first.
      2. `P` pins one, `t` gives it tags, `m` another title.
      3. `d` deletes it, and `u` brings it back.
      4. `e` exports it as Markdown, JSON or a folder.

      Write *model:thinker*, *after:yesterday* or *status:failed* in the search to narrow it.
      """
    case .thinker:
      """
      A recording holds each piece of an answer with its time, so a replay is true to the millisecond.

      | in a replay | |
      |---|---|
      | `Space` | play, pause |
      | `+` `-` | faster, slower |
      | `,` `.` | event before, next |
      | `0` | to the start |

      With about two bytes a piece, $k$ pieces take $2k$ bytes, and what you ask in a year,

      $$\\sum_{i=1}^{365} 2 k_i$$

      is less than one photograph. Outside the screen there are commands:

      ```sh
      fiedler history "durable queue"
      fiedler replay ID --speed 4
      fiedler export --all --format md -o notes
      ```
      """
    case .flaky:
      """
      My failure is in the history, too: each conversation shows by its signs how its answers ended.

      | sign | the answer |
      |---|---|
      | ● | is whole |
      | ■ | was stopped |
      | ✕ | failed |
      | ◇ | was cut off by a crash |

      Each turn is logged to Godot, Fiedler's own log server: `F2` shows what it has. When it is away, nothing is lost \
      and nothing waits; the status bar says so.
      """
    }
  }

  private static func models(_ voice: DemoTour.Voice) -> String {
    switch voice {
    case .quick:
      """
      Give Fiedler a key, and real models answer in these panes.

      - Set **OPENAI_API_KEY**, **ANTHROPIC_API_KEY** or **GEMINI_API_KEY**, and start it again
      - `Ctrl+O` chooses the models: type a few letters, `Space` adds one, `Enter` takes them
      - *fiedler doctor* tells which keys were found, and where

      Prices and tokens stand in the prompt's border before you send.
      """
    case .steady:
      """
      1. Put a key in the environment: *export OPENAI_API_KEY=…*
      2. Start *fiedler*; the provider's models are there.
      3. Press `Ctrl+O`, type part of a name.
      4. `Space` adds a model, `Enter` takes the chosen ones.
      5. `Alt+Enter` takes only the one that is lit.

      A model on your own machine (llama.cpp, Ollama, vLLM) needs a base URL and no key.
      """
    case .thinker:
      """
      Two ways lead to a model: the environment, for the known providers, and *models.yaml* for all others.

      ```yaml
      providers:
        local:
          base_url: http://127.0.0.1:8080/v1
          models:
            llama-3.3-70b: {aliases: [llama]}
        openai:
          models:
            gpt-5: {price: {input: 1.25, output: 10}}
      ```

      | provider | variable |
      |---|---|
      | OpenAI | OPENAI_API_KEY |
      | Anthropic | ANTHROPIC_API_KEY |
      | Google | GEMINI_API_KEY |

      An answer costs what went in and what came out, prices being for a million tokens:

      $$c = \\frac{n_i p_i + n_o p_o}{10^6}$$

      `Ctrl+O` shows the models with their prices.
      """
    case .flaky:
      """
      What goes wrong with real models, and what you see then:

      - **Key refused**: said at once, with the variable that it came from. No second try.
      - **Too many requests**: the pane counts down for as long as the server asks, then Fiedler asks again.
      - **Too long a prompt**: the border says it before you send.
      - **Line cut**: what has come stays; `R` asks again.

      Keys never reach the history or the log: they are blotted out on the way.
      """
    }
  }

  private static func comparing(_ voice: DemoTour.Voice) -> String {
    switch voice {
    case .quick:
      """
      Several answers, one question: which to believe?

      - `d` in a pane compares its answer with the next one
      - `n` goes to the next change, `Tab` to the next answer
      - `b` asks on from an earlier prompt, `e` edits it first
      - `[` and `]` go through the turns

      That was the tour. **Ask about keys, history, models or comparing** to see a part again.
      """
    case .steady:
      """
      1. `Tab` to an answer, then `d`: two answers side by side.
      2. `s` puts them in one text instead.
      3. `Esc` leads back.
      4. `b`, and the next prompt follows the turn in sight.
      5. `t` shows the tree of all branches.
      """
    case .thinker:
      """
      Two answers that share $m$ words of $a$ and $b$ are alike by

      $$s = \\frac{2 m}{a + b}$$

      which is 1 for the same text and 0 for two strangers. Real models rarely come above one half; then it is the \
      *points* that count, not the words.

      | key | does |
      |---|---|
      | `d` | compare two answers |
      | `b` | branch from this turn |
      | `e` | edit the prompt, ask again |
      | `t` | the tree of branches |

      The measure takes a few lines:

      ```python
      from collections import Counter

      def alike(one, other):
          a, b = Counter(one.split()), Counter(other.split())
          return 2 * sum((a & b).values()) / (a.total() + b.total())
      ```
      """
    case .flaky:
      """
      Every attempt stands beside the one before, and nothing is overwritten:

      1. `R` asks one model again: `{` and `}` go through its attempts.
      2. `e` edits a prompt and sends it beside the old one, as a branch.
      3. `<` and `>` go from branch to branch, `t` shows them all.

      > Each model sees only its own answers on the way from the first prompt, never those of another branch.
      """
    }
  }
}
