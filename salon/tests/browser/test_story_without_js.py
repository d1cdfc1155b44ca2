"""Plain links and forms carry the whole product: the main job again, with scripts switched off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from salon.tests.browser.conftest import BY_HAND
from salon.tests.browser.main_job import main_job
from salon.tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

LANGUAGES = ["ar", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_the_story_is_the_same(
    language: str, guest: Callable[..., Walk], office: Callable[..., Walk], tmp_path: Path
):
    main_job(guest(language, js=False), office(BY_HAND, language, java_script_enabled=False), tmp_path)
