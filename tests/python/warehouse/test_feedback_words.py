"""The words of the seed against a library: do they agree whether a sentence is praise or blame?"""

from __future__ import annotations

import csv
from typing import Any

import pytest
from compiled import CATALOG, SCHEMA, Compiled, connect, fill
from support import REPOSITORY
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

LEAST_AGREEMENT = 0.75
# Written without looking at either list of words.
SENTENCES = """
The delivery was quick and the box was well packed.
I am very happy with my new boots.
The jacket arrived with a broken zip.
Customer service never replied to my emails.
Best shop I have ever used.
The colour is not as shown in the picture.
It took three weeks until the parcel arrived, which is far too long.
Lovely little store with friendly people.
I would not recommend this shop to anyone.
The quality is poor for the price.
Everything worked perfectly, thank you so much.
The return was easy and the refund came fast.
I am still waiting for my refund.
The website crashed twice during checkout.
Good value for money.
The shoes are comfortable and look great.
Two of the five glasses were broken.
This is the worst experience I have had in years.
Not bad at all.
The tent is not waterproof.
I love the new design of your app.
The staff on the phone were rude.
Nice product but the delivery was late.
The instructions are confusing.
My daughter adores the doll house.
The candle smells awful.
I was charged twice and nobody helps me.
Really great support, they solved my problem within minutes.
The lamp stopped working after a week.
I don't like the new packaging.
Super soft towels, I am delighted.
The sizes run small.
A fair price and an honest description.
Your newsletter is annoying.
I will definitely buy again.
The pan is a bit heavy but cooks very well.
Terrible quality, it fell apart on the first day.
The courier threw the parcel over the fence.
The gift wrapping was beautiful.
I can't complain.
No problems with the order.
Extremely disappointed with the armchair.
The book arrived on Tuesday.
Shipping is too expensive.
The app is easy to use and the search is excellent.
The speaker sounds amazing.
It was a waste of money.
I had to wait for an hour on the hotline.
Thanks for the generous discount.
The rucksack is sturdy and well made.
My order was cancelled without any explanation.
The knife is dull and useless.
Great choice of books, but the prices are high.
The advice in the shop was helpful.
I feel cheated.
The mixer is loud but it does a good job.
Wonderful quality and a perfect fit.
The perfume was damaged and half empty.
It never arrived and I am angry.
Friendly, reliable, always on time.
"""
# No library at hand for these: + praise, - blame, 0 neither.
GERMAN = """
+ Die Lieferung war schnell und die Verpackung schön.
- Leider kam das Paket zwei Wochen zu spät an.
- Der Stoff ist nicht gut verarbeitet.
+ Ich bin sehr zufrieden mit der Beratung.
- Die Schuhe sind kaputt und niemand hilft mir.
+ Keine Probleme mit der Rückgabe.
- Viel zu teuer für diese Qualität.
+ Großartig, ich empfehle den Laden gerne weiter!
- Der Kundenservice war unfreundlich.
0 Die Lampe steht im Flur.
+ Überhaupt nicht schlecht, wirklich toll.
- ENTTÄUSCHT!
"""
NEUTRAL = 0.05  # as the library's authors advise
WORDS = REPOSITORY / "seeds" / "rules" / "feedback_words.csv"


def signs_of_library(sentences: list[str]) -> list[int]:
    analyzer = SentimentIntensityAnalyzer()
    scores = [analyzer.polarity_scores(sentence)["compound"] for sentence in sentences]
    return [(score >= NEUTRAL) - (score <= -NEUTRAL) for score in scores]


def signs_of_package(sentences: list[str], compiled: Compiled) -> list[int]:
    """What the model says, over these sentences and the shipped seeds."""
    with connect() as connection:
        for seed in ("feedback_words", "feature_thresholds"):
            file = REPOSITORY / "seeds" / "rules" / f"{seed}.csv"
            connection.execute(
                f"create table {CATALOG}.{SCHEMA}.{seed} as from read_csv('{file}', header = true)"
            )
        rows: list[tuple[Any, ...]] = [
            ("ada", "shop", f"{number:03}", True, sentence, "2025-01-01 00:00:00", "2025-01-01")
            for number, sentence in enumerate(sentences)
        ]
        columns = (
            "customer_id varchar, source varchar, response_id varchar, is_feedback boolean, "
            "answer varchar, responded_at timestamp, responded_on date"
        )
        fill(connection, "customer_survey_answers", columns, rows)
        model = compiled.sql("customer_feedback")
        labels = connection.sql(
            f"select sentiment_label from ({model}) order by response_id"
        ).fetchall()
    return [{"positive": 1, "negative": -1}.get(label, 0) for (label,) in labels]


def test_agrees_with_a_library_about_most_sentences(
    compiled: Compiled, capsys: pytest.CaptureFixture[str]
) -> None:
    sentences = SENTENCES.strip().splitlines()
    pairs = list(
        zip(signs_of_library(sentences), signs_of_package(sentences, compiled), strict=True)
    )
    agreement = sum(library == ours for library, ours in pairs) / len(pairs)
    opposed = [
        sentence
        for sentence, (library, ours) in zip(sentences, pairs, strict=True)
        if library * ours < 0
    ]
    with capsys.disabled():
        print(
            f"\nfeedback_words agrees with vaderSentiment in sign on {agreement:.0%} of "
            f"{len(pairs)} sentences; opposite sign: {len(opposed)}"
        )
    assert agreement >= LEAST_AGREEMENT
    assert len(opposed) <= 0.1 * len(pairs), opposed


def test_german_is_understood_as_well(compiled: Compiled) -> None:
    lines = GERMAN.strip().splitlines()
    told = signs_of_package([line[2:] for line in lines], compiled)
    expected = [{"+": 1, "-": -1, "0": 0}[line[0]] for line in lines]
    wrong = [line for line, ours, sign in zip(lines, told, expected, strict=True) if ours != sign]
    assert wrong == []


def test_rows_of_the_seed_can_be_met_and_say_something() -> None:
    with WORDS.open(encoding="utf-8") as file:
        words = list(csv.DictReader(file))
    for row in words:
        # What the model makes of a text: lower case, without apostrophes, parted at anything else.
        assert row["word"] == row["word"].lower() and row["word"].isalpha(), row
        weighted = row["role"] in ("sentiment", "intensifier")
        assert bool(row["weight"]) == weighted, row
        assert row["role"] != "sentiment" or 0 < abs(float(row["weight"])) <= 3, row
        assert row["role"] != "topic" or row["topic"], row
    assert {row["language"] for row in words} == {"en", "de"}
