"""Writes a long history in the log format of the `llm` command-line tool, so that both programs search the same data.

    python history_corpus.py FILE TURNS [SEED]

The interpreter must have `llm` (PyPI): its own migrations make the tables and its triggers the index. A response is two
turns, a prompt and an answer. Words follow Zipf's law over a vocabulary of 50,000; one turn in eight has code in it, one
in sixteen Chinese or Japanese; each answer has a word that no other has. Prints one JSON object.
"""

import datetime
import itertools
import json
import random
import sys

import sqlite_utils
from llm.migrations import migrate

MODELS = ["gpt-4o-mini", "claude-sonnet-4", "gemini-2.5-flash", "deepseek-r1", "llama-3.3-70b"]
ONSETS = ["b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w"]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
CODAS = ["", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "t"]
IDEOGRAPHS = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理世车"
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"


def vocabulary(chance: random.Random, count: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = chance.choices([1, 2, 3, 4], weights=[2, 5, 4, 1])[0]
        word = "".join(chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS) for _ in range(syllables))
        words[word] = None
    return sorted(words, key=lambda word: (len(word), chance.random()))  # common words are short ones


def sentences(chance: random.Random, words: list[str], count: int) -> list[str]:
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    made = []
    for index in range(count):
        picked = chance.choices(words, cum_weights=weights, k=chance.randint(8, 24))
        if index % 8 == 0:
            first, second = picked[0], picked[1].capitalize()
            made.append(f"func {first}{second}(_ {picked[2]}: Int) -> {second} {{ return {picked[3]}_{picked[4]}[{picked[2]}] }}")
        elif index % 16 == 1:
            made.append("".join(chance.choices(IDEOGRAPHS if index % 32 == 1 else KANA, k=chance.randint(12, 40))) + "。")
        else:
            made.append(" ".join(picked).capitalize() + ".")
    return made


def main() -> None:
    path, turns = sys.argv[1], int(sys.argv[2])
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    words = vocabulary(chance, 50_000)
    pool = sentences(chance, words, 60_000)
    database = sqlite_utils.Database(path)
    migrate(database)
    connection = database.conn
    connection.execute("PRAGMA synchronous = OFF")
    raw = conversations = 0
    left = turns // 2
    start = datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)
    step = datetime.timedelta(days=3 * 365) / max(1, left)
    number = 0
    while left > 0:
        model = chance.choice(MODELS)
        conversation = f"conversation{conversations:08}"
        rows = []
        for _ in range(min(left, chance.choices([1, 2, 4, 8, 40], weights=[30, 30, 25, 14, 1])[0])):
            prompt = " ".join(chance.choices(pool, k=chance.randint(1, 2)))
            answer = "\n\n".join(chance.choices(pool, k=chance.randint(3, 9))) + f"\n\nunique{number:07}"
            raw += len(prompt.encode()) + len(answer.encode())
            when = (start + step * number).strftime("%Y-%m-%dT%H:%M:%S.%f")
            rows.append((f"response{number:08}", model, prompt, answer, conversation, 2500, when, 120, 400))
            number += 1
        connection.execute("INSERT INTO conversations (id, name, model) VALUES (?, ?, ?)", (conversation, rows[0][2][:100], model))
        connection.executemany(
            "INSERT INTO responses (id, model, prompt, response, conversation_id, duration_ms, datetime_utc, input_tokens,"
            " output_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        left -= len(rows)
        conversations += 1
        if conversations % 2000 == 0:
            connection.commit()
    connection.commit()
    ranks = [0, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000]
    print(
        json.dumps(
            {
                "turns": 2 * number,
                "conversations": conversations,
                "raw_bytes": raw,
                "words": [words[rank] for rank in ranks],
                "ideographs": pool[1][:2],
                "identifier": pool[0].split()[1].split("(")[0],
                "unique": f"unique{number // 3:07}",
            }
        )
    )


if __name__ == "__main__":
    main()
