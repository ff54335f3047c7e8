"""A font that has Chinese characters: found on the machine or in a folder that the user names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from zicha.model.errors import ConfigError

HOW_TO_GET_ONE = (
    "no font with Chinese characters was found: install one (`apt-get install fonts-noto-cjk`), or"
    " without root `apt-get download fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb fonts` and set"
    " ZICHA_FONTS to that folder"
)

# In this order: the first families give the look that official papers have.
PREFERRED = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Serif SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "FangSong",
    "SimSun",
    "AR PL SungtiL GB",
    "AR PL UMing CN",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
_NEEDED = "自查预估，非等级测评结论演示数据"
_SUFFIXES = {".ttf", ".otf", ".ttc"}


@dataclass(frozen=True, slots=True)
class Font:
    """One usable face: its family, its file, its place in the file, its bare PostScript name."""

    family: str
    path: Path
    index: int
    postscript: str


def font_folders(named: str | None = None) -> tuple[Path, ...]:
    """Where fonts may stand; a folder named in ZICHA_FONTS comes first."""
    own = os.environ.get("ZICHA_FONTS", "") if named is None else named
    home = Path.home()
    usual = (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    )
    return (Path(own), *usual) if own else usual


def cjk_font(folders: Sequence[Path] | None = None, *, prefer: str = "Serif") -> Font | None:
    """The best font with the characters that our own words need; None when there is none."""
    found = _faces(tuple(font_folders() if folders is None else folders))
    return min(found, key=lambda font: _rank(font, prefer), default=None)


def required_cjk_font(folders: Sequence[Path] | None = None) -> Font:
    """The same, or the sentence that says how to get one."""
    found = cjk_font(folders)
    if found is None:
        raise ConfigError(HOW_TO_GET_ONE)
    return found


def _rank(font: Font, prefer: str) -> tuple[bool, int, str]:
    known = PREFERRED.index(font.family) if font.family in PREFERRED else len(PREFERRED)
    return (prefer not in font.family, known, font.family)


@lru_cache(maxsize=8)
def _faces(folders: tuple[Path, ...]) -> tuple[Font, ...]:
    files = [path for folder in folders for path in _font_files(folder)]
    # A regular face suffices to choose by; looking into every weight would take seconds.
    likely = [path for path in files if "regular" in path.stem.lower()]
    known = tuple(face for path in likely for face in _readable(path) if face.family in PREFERRED)
    return known or tuple(face for path in files for face in _readable(path))


def _font_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)


def _readable(path: Path) -> Iterator[Font]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError  # type: ignore[import-untyped]

    try:
        if path.suffix.lower() == ".ttc":
            fonts = list(TTCollection(path, lazy=True).fonts)
        else:
            fonts = [TTFont(path, lazy=True)]
        for index, font in enumerate(fonts):
            mapped = font.getBestCmap() or {}
            if all(ord(character) in mapped for character in _NEEDED):
                names = font["name"]
                family = names.getBestFamilyName() or ""
                yield Font(family, path, index, str(names.getDebugName(6) or family))
    except (TTLibError, OSError, KeyError, AssertionError):
        return
