"""The typefaces of the training pictures, from Debian's packages, and how they are found.

The held-out sets use other packages (``heldout/make_canvas.py``); no family stands in both. Where the packages cannot be
installed, ``TRAINING_FONTS`` names a folder that ``pack_fonts.py`` wrote elsewhere.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

PACKAGES = (
    "fonts-3270", "fonts-adf-accanthis", "fonts-adf-baskervald", "fonts-adf-berenis", "fonts-adf-gillius", "fonts-adf-ikarius",
    "fonts-adf-irianis", "fonts-adf-libris", "fonts-adf-mekanus", "fonts-adf-oldania", "fonts-adf-romande", "fonts-adf-switzera",
    "fonts-adf-tribun", "fonts-adf-universalis", "fonts-adf-verana", "fonts-agave", "fonts-allerta", "fonts-arapey", "fonts-arundina",
    "fonts-averia-gwf", "fonts-averia-sans-gwf", "fonts-averia-serif-gwf", "fonts-b612", "fonts-bebas-neue", "fonts-breip", "fonts-cabin",
    "fonts-cantarell", "fonts-cardo", "fonts-century-catalogue", "fonts-cmu", "fonts-comfortaa", "fonts-comic-neue", "fonts-compagnon",
    "fonts-courier-prime", "fonts-crosextra-caladea", "fonts-crosextra-carlito", "fonts-dejavu-core", "fonts-dejavu-extra",
    "fonts-dkg-handwriting", "fonts-dosis", "fonts-ebgaramond", "fonts-elstob", "fonts-essays1743", "fonts-eurofurence", "fonts-fanwood",
    "fonts-ferrite-core", "fonts-firacode", "fonts-freefont-ttf", "fonts-gfs-artemisia", "fonts-gfs-didot", "fonts-gnutypewriter", "fonts-go",
    "fonts-goudybookletter", "fonts-hack", "fonts-havana", "fonts-hermit", "fonts-hosny-thabit", "fonts-humor-sans", "fonts-inconsolata",
    "fonts-inter", "fonts-jetbrains-mono", "fonts-junction", "fonts-junicode", "fonts-jura", "fonts-karla", "fonts-karmilla", "fonts-klee",
    "fonts-lato", "fonts-league-mono", "fonts-league-spartan", "fonts-lexi-gulim", "fonts-liberation", "fonts-lindenhill",
    "fonts-linuxlibertine", "fonts-lobster", "fonts-manrope", "fonts-millimetre", "fonts-mona", "fonts-monofur", "fonts-monoid",
    "fonts-motoya-l-cedar", "fonts-motoya-l-maruberi", "fonts-mplus", "fonts-nanum", "fonts-national-park", "fonts-noto-mono", "fonts-ocr-b",
    "fonts-open-sans", "fonts-opendin", "fonts-opendyslexic", "fonts-osifont", "fonts-oxygen", "fonts-play", "fonts-prociono",
    "fonts-quicksand", "fonts-radisnoir", "fonts-roadgeek", "fonts-roboto-unhinted", "fonts-rocknroll", "fonts-routed-gothic",
    "fonts-rufscript", "fonts-sawarabi-gothic", "fonts-sawarabi-mincho", "fonts-sil-charis", "fonts-sil-doulos", "fonts-sil-harmattan",
    "fonts-sjfonts", "fonts-smc-gayathri", "fonts-smc-manjari", "fonts-sora", "fonts-spleen", "fonts-staypuft", "fonts-stix", "fonts-texgyre",
    "fonts-tiresias", "fonts-tomsontalks", "fonts-tuffy", "fonts-ubuntu-title", "fonts-unfonts-core", "fonts-vollkorn",
    "fonts-yanone-kaffeesatz", "fonts-yusei-magic",
)
LEFT_OUT = ("Math", "Keyboard", "Outline", "Hairline", "Thin", "ExtraLight", "Extra Light", "Smallcaps", "Chorus", "Stencil")
"""Parts of names of faces that are no letters, or lines too thin for the model's eye."""
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Faces:
    """All faces of some packages, drawn family by family so that large families are not seen more often."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.families: list[list[tuple[str, bool]]] = []
        found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for package in packages:
            for path in package_files(package):
                font = ImageFont.truetype(path, 24)
                family, style = font.getname()
                if any(part in f"{family} {style}" for part in LEFT_OUT) or not complete(font):
                    continue
                found[family or path].append((path, same_glyph(font, "A", "a") or same_glyph(font, "R", "r")))
        self.families = [faces for _, faces in sorted(found.items())]

    def pick(self, rng: random.Random, small_letters: bool) -> str:
        """The path of a face; with ``small_letters`` one that has letters of its own for them."""
        while True:
            path, capitals_only = rng.choice(rng.choice(self.families))
            if not (small_letters and capitals_only):
                return path


def package_files(package: str) -> list[str]:
    """The font files of an installed Debian package, or of a packed folder."""
    packed = os.environ.get("TRAINING_FONTS")
    if packed:
        files = [str(f) for f in Path(packed, package).glob("*")]
    else:
        listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True)
        files = [f for f in listing.stdout.splitlines() if Path(f).suffix in (".ttf", ".otf")]
    if not files:
        raise SystemExit(f"Expected the fonts of {package}: found none. Install it: apt-get install --no-install-recommends {package}")
    return sorted(files)


def same_glyph(font: ImageFont.FreeTypeFont, a: str, b: str) -> bool:
    return bytes(font.getmask(a)) == bytes(font.getmask(b))


def complete(font: ImageFont.FreeTypeFont) -> bool:
    """Whether it draws every letter and digit, and nothing as its box for a missing one."""
    missing = bytes(font.getmask("\u0378"))
    return all((mask := font.getmask(c)).getbbox() and bytes(mask) != missing for c in CHARACTERS)


@lru_cache(1500)
def load(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A face at a size in pixels."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
