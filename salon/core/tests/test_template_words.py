"""The template words of the product, and the promise that every icon asked for is drawn."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation

from salon.core.templatetags import salon as words

RIYADH = ZoneInfo("Asia/Riyadh")
HALF_PAST_FOUR = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)


@pytest.fixture(params=["ar", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


def say(source, **context):
    return engines["django"].from_string("{% load salon %}" + source).render(context)


@pytest.mark.parametrize(
    ("halalas", "number"), [(18000, "180"), (128450, "1,284.50"), (0, "0"), (5, "0.05"), (-8000, "-80")]
)
def test_money_puts_the_sign_before_the_number_in_both_languages(language, halalas, number):
    shown = words.money(halalas)
    assert re.sub(r"<span class=\"vh\">.*?</span>", "", shown).endswith(f"</svg>{number}</span>")
    assert "#riyal" in shown


def test_money_in_letters():
    with translation.override("ar"):
        assert words.money_text(18000) == "180 ر.س"
    with translation.override("en"):
        assert words.money_text(18050) == "SAR 180.50"
    assert words.money(None) == words.money_text(None) == ""


@pytest.mark.parametrize("zone", [RIYADH, "Asia/Riyadh", None, ""])
def test_the_clock_is_the_salons(language, zone):
    assert words.clock_time(HALF_PAST_FOUR, zone) == {"ar": "4:30 م", "en": "4:30 PM"}[language]


@pytest.mark.parametrize(("hour", "arabic"), [(0, "12:05 ص"), (11, "11:05 ص"), (12, "12:05 م"), (23, "11:05 م")])
def test_noon_and_midnight(hour, arabic):
    with translation.override("ar"):
        assert words.clock_time(datetime(2026, 11, 26, hour, 5, tzinfo=RIYADH), RIYADH) == arabic


def test_a_range_names_each_half_of_the_day_once():
    end, noon = datetime(2026, 11, 26, 15, 15, tzinfo=UTC), datetime(2026, 11, 26, 9, 45, tzinfo=UTC)
    morning = datetime(2026, 11, 26, 8, 15, tzinfo=UTC)
    with translation.override("ar"):
        assert words.time_range(HALF_PAST_FOUR, end, RIYADH) == "4:30 – 6:15 م"
        assert words.time_range(morning, noon, RIYADH) == "11:15 ص – 12:45 م"
    with translation.override("en"):
        assert words.time_range(HALF_PAST_FOUR, end, RIYADH) == "4:30 – 6:15 PM"


@pytest.mark.parametrize(
    ("minutes", "arabic", "english"),
    [(45, "45 د", "45 min"), (60, "1 س", "1 h"), (105, "1 س 45 د", "1 h 45 min"), (0, "0 د", "0 min"), (None, "", "")],
)
def test_lengths(minutes, arabic, english):
    with translation.override("ar"):
        assert words.minutes_text(minutes) == arabic
    with translation.override("en"):
        assert words.minutes_text(minutes) == english


def test_days():
    after_midnight = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)  # 00:30 on Thursday in Riyadh
    with translation.override("ar"):
        assert words.day_long(THURSDAY) == words.day_long(after_midnight, RIYADH) == "الخميس 26 نوفمبر"
        assert words.weekday_name(0) == "الأحد"
        assert words.hijri(THURSDAY).startswith("16 جمادى")
        assert words.hijri_day(THURSDAY) == "16"
    with translation.override("en"):
        assert words.day_long(THURSDAY) == "Thursday 26 November"
        assert words.day_full(THURSDAY) == "Thursday 26 November 2026"
        assert words.day_dated(THURSDAY) == "26 November 2026"
        assert (words.weekday_short(THURSDAY), words.month_short(THURSDAY)) == ("Thu", "Nov")
        assert words.day_number(after_midnight, RIYADH) == 26


def test_people():
    assert [words.initial(name) for name in ("نورة", "هند", " lama", "", None)] == ["ن", "هـ", "L", "", ""]
    assert words.hue(1) == words.hue(7) == "c1"
    assert words.hue("0d1c") == words.hue("0d1c")
    assert words.phone("+966501234567") == '<bdi dir="ltr">050 123 4567</bdi>'


def test_a_name_in_the_language_of_the_page_or_the_other_one():
    both, only = {"name_ar": "لمسة ورد", "name_en": "Touch of Rose"}, {"name_ar": "نور", "name_en": ""}
    with translation.override("en"):
        assert (words.loc(both, "name"), words.loc(only, "name"), words.loc({}, "name")) == ("Touch of Rose", "نور", "")
    with translation.override("ar"):
        assert say('{{ salon|loc:"name" }}', salon={"name_ar": "<b>ورد"}) == "&lt;b&gt;ورد"


def test_an_icon_is_hidden_from_screen_readers_and_flips_only_when_told():
    assert 'class="ic"' in words.icon("check")
    assert 'class="ic ic--flip ic--sm" aria-hidden="true"' in words.icon("arrow-left", "ic--sm", flip=True)


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static/img/sprite.svg").read_text()))
    asked = {
        (name, file.name)
        for file in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in re.findall(r'(?:\{% icon |icon=)"([^"]+)"', file.read_text())
    }
    assert asked
    assert not {(name, file) for name, file in asked if name not in drawn}


def test_every_file_that_a_sheet_names_exists():
    for sheet in (settings.BASE_DIR / "static/css").glob("*.css"):
        for target in re.findall(r'url\("([^")]+)"\)', sheet.read_text()):
            assert (sheet.parent / target).resolve().is_file(), (sheet.name, target)


def test_sheets_know_no_left_or_right():
    physical = re.compile(r"(?<![\w-])(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right)\s*:")
    for sheet in (settings.BASE_DIR / "static/css").glob("*.css"):
        assert not physical.findall(sheet.read_text()), sheet.name


def test_sheets_and_script_stay_within_their_budget():
    size = {
        file.name: len(gzip.compress(file.read_bytes()))
        for pattern in ("static/css/*.css", "static/js/*.js")
        for file in settings.BASE_DIR.glob(pattern)
    }
    assert size["app.js"] <= 4096
    assert sum(size.values()) <= 29 * 1024


def test_stars_say_their_number_and_the_reviews_in_each_language():
    for language, word in (("ar", "التقييم"), ("en", "Rating")):
        with translation.override(language):
            assert word in words.stars(4.9, 12)
            assert "(12)" in words.stars(4.9, 12)
            assert "(12)" not in words.stars(4.9)
    assert "5.0" in words.stars(5.0)
    assert "5.0" not in words.stars(5)
