"""Whatever a person types is a query, in any script; and what a record says finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ask import ask
from conftest import Repository, hermetic
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from swarm import fulltext, words
from swarm.view import View

#: number → what the record says. The id is L-<number>.
SAID = {
    100: "缓存失效很难，数据库锁更难。",
    101: "データベースのロック。人々と佐々木さん。ﾊﾝｶｸも。",
    102: "데이터베이스 잠금은 어렵다.",
    103: "การล็อกฐานข้อมูลเป็นเรื่องยาก",
    104: "डेटाबेस लॉक करना कठिन है। हिन्दी",
    105: "Café naïve Zürich smörgåsbord. Việt Nam, Łódź.",
    106: "Caches, batches, queries, processes, indexes, classes, databases and locks.",
    107: "close_lane.py fails when closeLane is called; see tools/close_lane.py:42.",
    108: "İstanbul, ΣΊΣΥΦΟΣ, Привет.",
    109: "Version v1.2.3 of node.js, and .NET 8.",
    110: "Don't stop; it's a state-of-the-art user-defined function.",
    111: "東京タワー2026年とDB連接。",
    112: "مرحبا بالعالم שלום עולם",
    113: "NOT a OR b AND c NEAR d.",
    114: "ភាសាខ្មែរ မြန်မာ ພາສາລາວ བོད་སྐད",
    115: "ａｂｃ fullwidth ﬁnal ligature ½ 𠮷野家",
    116: "Status, bus, analysis, axis, class, process, lens, news.",
    117: "A very common word. Another very rare wombat.",
    118: "A very common word. " * 3,
    119: "Cookies, movies and ties.",
    120: "A soft\u00adhyphen and a zero\u200bwidth space.",
}


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    root = tmp_path_factory.mktemp("words")
    repo = Repository(root, hermetic(root))
    repo.git("init", "-q")
    for number, text in SAID.items():
        repo.write(f"memory/lessons/L-{number}.md", f"---\nid: L-{number}\n---\n# One\n\n{text}\n")
    board = repo.board()
    yield board.view
    board.close()


def found(view: View, query: str) -> list[int]:
    return [int(hit.record.id.removeprefix("L-")) for hit in fulltext.find(view, query, 50)]


FINDS: dict[int, tuple[str, ...]] = {
    # Chinese, Japanese, Korean: one character, two, and more; at the start, inside, at the end
    100: ("缓", "缓存", "存失", "难", "数据库", "库锁", "数据库锁更难", "很难 数据", "“缓存”"),
    101: ("デ", "データ", "ース", "ロック", "ク", "人々", "々", "佐々木", "ﾛｯｸ", "ハンカク"),
    102: ("데", "데이", "데이터", "이터", "베이스", "스", "잠금", "잠금은", "어렵다", "다"),
    # Thai, Hindi
    103: ("ล็อก", "ฐาน", "ข้อมูล", "การล็อกฐานข้อมูล", "ยาก"),
    104: ("डेटाबेस", "लॉक", "कठिन", "हिन्दी"),
    # accents, typed or not, composed or not
    105: ("cafe", "Café", "CAFÉ", "cafe\u0301", "naive", "zurich", "ZÜRICH", "smorgasbord", "viet"),
    # plurals, whichever side has them
    106: (
        "cache", "caches", "batch", "query", "queries", "process", "index", "class", "database",
        "lock", "BATCHES",
    ),
    # identifiers
    107: ("close_lane.py", "close_lane", "lane", "close lane", "closelane", "closeLane", ":42"),
    # case
    108: ("istanbul", "İSTANBUL", "İstanbul", "σίσυφος", "ΣΊΣΥΦΟΣ", "привет", "ПРИВЕТ"),
    109: ("v1.2.3", "node.js", ".NET", "node"),
    110: ("don't", "it's", "state-of-the-art", "user-defined", "defined", "“don't”"),
    111: ("東京", "京タ", "タワー", "2026", "2026年", "年", "DB", "db連接", "連接"),
    112: ("مرحبا", "שלום", "عولم שלום"),
    # the words of the query language are words
    113: ("NEAR", "NOT", "OR", "a AND", "NEAR(d)", "b OR", "{c}", "^d", "d*", '"c near"'),
    114: ("ភាសា", "မြန်မာ", "ພາສາ", "བོད་སྐད"),
    115: ("abc", "ａｂｃ", "ABC", "final", "ﬁnal", "𠮷", "𠮷野", "野家", "1/2"),
    116: ("status", "bus", "axis", "lens", "news"),
    117: ("wombat", "wombats", '"very rare"', "Wombat!?"),
    119: ("cookie", "movie", "tie", "cookies"),
    120: ("softhyphen", "soft\u00adhyphen", "width"),
}  # fmt: skip


@pytest.mark.parametrize("number", FINDS)
def test_a_record_is_found_by_what_it_says(view: View, number: int) -> None:
    missed = [query for query in FINDS[number] if number not in found(view, query)]
    assert missed == []


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("数据", 101), ("存", 101), ("データ", 111), ("스템", 102), ("ภาษา", 103), ("京都", 111),
        ("cafes", 106), ("lanes_closed", 105), ("statu", 116), ("anal", 116), ("bu", 116),
        ("wom", 117),
        # one letter is a word only where words are not spaced apart
        ("à", 116), ("é", 109), ("п", 108), ("a", 116),
    ],
)  # fmt: skip
def test_a_record_is_not_found_by_what_it_does_not_say(view: View, query: str, number: int) -> None:
    assert number not in found(view, query)


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "\t\n", '"', '""', '"""', "'", "*", "**", "(", ")", "()", ":", "-", "--", "---",
        "^", "+", "{}", "[]", "\\", "/", "%", "_", "~", "!", "?", ".", "…", "。", "、", "🎉", "\0",
        "\x1b", "\u200b", "\u202e", "\ufeff", "\u0301", "«»", "“”", "|", "&", "=", "<>", "`", "$",
        "@", "#",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_query_without_words_finds_nothing_and_is_no_error(view: View, query: str) -> None:
    assert found(view, query) == []


@pytest.mark.parametrize(
    "query",
    [
        "wombat AND", "AND wombat", "wombat OR OR", "NOT wombat", "NEAR(wombat", "wombat)",
        '"wombat', 'wombat"', "wombat*", "^wombat", "wombat:", "title:wombat", "words_1:wombat",
        "{title wombat", "-wombat", "+wombat", "wombat -", "'wombat'", "wombat' --",
        "wombat; DROP TABLE doc", "wombat\0", "\0wombat", "wombat\u200b", "(wombat", "wombat\\",
        '""wombat""', "wombat " * 2_000, "x" * 50_000 + " wombat", "rare " * 60 + "wombat",
        "𝐰𝐨𝐦𝐛𝐚𝐭", "ｗｏｍｂａｔ", "wombat 🎉", "\ud800 wombat", "wombat\udcff",
    ],
    ids=lambda query: ascii(query)[:24],
)  # fmt: skip
def test_no_sign_in_a_query_hides_its_words(view: View, query: str) -> None:
    assert 117 in found(view, query)


def test_more_of_the_words_rank_higher_and_words_together_higher_still(view: View) -> None:
    assert found(view, "very rare wombat")[0] == 117
    assert found(view, "rare very wombat common")[0] == 117
    assert found(view, "close_lane")[0] == 107
    assert found(view, "データベース")[0] == 101


@pytest.mark.parametrize(
    "query",
    [
        "wombat " * 150_000,
        "x" * 2**20,
        "数" * 2**20,
        '"a ' * 350_000,
        '"' * 2**20,
        "(" * 2**20,
        "\0" * 2**20,
    ],
    ids=lambda query: ascii(query[:3]),
)
def test_a_query_of_a_megabyte_is_a_query(view: View, query: str) -> None:
    assert found(view, query) == found(view, query)


ANY = st.text(st.characters(), max_size=60)
TYPED = st.lists(
    st.sampled_from(
        ["wombat", "缓存", "데이터", "AND", "OR", "NOT", "NEAR", "NEAR/2", '"', "'", "(", ")", "*",
         "^", ":", "-", "+", "{", "}", "close_lane.py", "café", "\0", " ", "\ud800", "L-100", "One"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
SAME_VIEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(ANY | TYPED)
@SAME_VIEW
@example("\u0600")
@example("\U000e0001")
@example("ﷺ")
@example("\u0e33\u0eb3")
@example("ſs")
def test_any_text_is_a_query_and_its_answer_is_steady(view: View, query: str) -> None:
    hits = fulltext.find(view, query, 10)
    again = fulltext.find(view, query, 10)
    assert [(hit.record.path, hit.terms) for hit in hits] == [
        (hit.record.path, hit.terms) for hit in again
    ]
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(hit.score == sum(hit.terms.values()) for hit in hits)
    assert len(hits) <= 10


@given(ANY)
def test_cutting_words_twice_is_cutting_them_once(text: str) -> None:
    once = words.segment(text)
    assert all(token and not token.isspace() for token in once.split(" ") if once)
    if once.isascii():
        assert set(words.segment(once).split()) <= {
            *once.split(),
            *map(words.segment, once.split()),
        }


@given(ANY)
@example("¨")  # a space and an accent, once it is taken apart
@example("\u0301")
@example("\u0e31")
def test_a_text_has_words_when_a_query_of_it_has(text: str) -> None:
    assert bool(words.segment(text)) == bool(words.read(text).terms)


HAN = st.text("缓存失效很难数据库锁更東京人木漢字語", min_size=1, max_size=12)
KANA = st.text("データベースのロックとさんかなカナ", min_size=1, max_size=12)
HANGUL = st.text("데이터베이스잠금은어렵다한글", min_size=1, max_size=12)
THAI = st.text("การล็อกฐานข้อมูลเป็น", min_size=1, max_size=12)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("scratch")
    repo = Repository(root, hermetic(root))
    repo.git("init", "-q")
    return repo


@given(HAN | KANA | HANGUL | THAI, st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_part_of_an_unspaced_text_finds_it(
    scratch: Repository, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    scratch.write("memory/lessons/L-100.md", f"# One\n\nAscii before {text}, and after.\n")
    board = scratch.board()
    hits = [hit.record.id for hit in fulltext.find(board.view, text[start:end], 5)]
    board.close()
    assert hits == ["L-100"]


@pytest.mark.parametrize(
    "query",
    [
        ["缓存"],
        ["--lane"],
        ["-x", "wombat"],
        ["wombat", "rare"],
        [""],
        [" "],
        ['"'],
        ["AND"],
        ["--", "--"],
    ],
    ids=" ".join,
)
def test_the_command_takes_what_the_library_takes(repo: Repository, query: list[str]) -> None:
    repo.write("memory/lessons/L-100.md", "# One\n\n缓存 lane wombat.\n")
    told = ask(repo, "find", "--json", *query)
    assert told.code == 0
    board = repo.board()
    expected = [hit.record.id for hit in fulltext.find(board.view, told.data["query"], 20)]
    board.close()
    assert told.ids == expected
    assert ask(repo, "find", *query).out.strip()


def test_typography_is_told_apart_quickly_and_means_what_it_meant() -> None:
    """Every such character alone, and beside a letter that takes the slow way."""
    for low, high in words._TYPOGRAPHY:
        for code in range(ord(low), ord(high) + 1):
            assert words.segment(f"a{chr(code)}b") == "a b", hex(code)
            assert words.segment(f"a{chr(code)}b é") == "a b é", hex(code)
