"""A picture drawn without a display and without a clock: the same numbers give the same bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Literal

from zicha.reports.fonts import Font

Picture = Literal["svg", "png"]


def canvas(width: float, height: float) -> tuple[Any, Any]:
    """A figure of this size in inches, and its axes."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    # No pyplot: it keeps figures in a global list and wants a display.
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8.5, length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.label.set_fontsize(8.5)
    return figure, axes


def saved(figure: Any, kind: Picture, font: Font | None) -> bytes:
    """The bytes; every text in the given face."""
    import matplotlib as mpl
    from matplotlib import font_manager
    from matplotlib.text import Text as Drawn

    if font is not None:
        face = font_manager.FontProperties(fname=font_manager.FontPath(str(font.path), font.index))
        for drawn in figure.findobj(Drawn):
            size = drawn.get_fontsize()
            drawn.set_fontproperties(face)
            drawn.set_fontsize(size)
            drawn.set_parse_math(False)  # a name with `$` is a name
    picture = BytesIO()
    # Fixed ids, no date: the same facts give the same bytes.
    with mpl.rc_context({"svg.hashsalt": "zicha", "axes.unicode_minus": False}):
        nothing = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(picture, format=kind, dpi=200, metadata=nothing)
    return picture.getvalue()


def inline_svg(picture: bytes | None) -> str:
    """Our own drawing without the lines that only a file of its own needs."""
    if picture is None:
        return ""
    drawn = picture.decode()
    start, meta, after = drawn.index("<svg"), drawn.find("<metadata>"), drawn.find("</metadata>")
    if meta < 0:
        return drawn[start:]
    return drawn[start:meta] + drawn[after + len("</metadata>") :]
