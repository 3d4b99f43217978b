"""Names made of other texts.

Source: Argo CD's applicationset/utils (SanitizeName, SlugifyName) and github.com/gosimple/slug.
"""

import re
import unicodedata

MAX_NAME = 253
MAX_SLUG = 50
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "þ": "th",
     "ð": "d", "&": " and ", "@": " at ", "_": "-"}
)  # fmt: skip


def normalised(text: str) -> str:
    """A name that Kubernetes takes."""
    return re.sub(r"[^-a-z0-9.]", "-", text.lower())[:MAX_NAME].strip("-.")


def slug(text: str, longest: int = MAX_SLUG, *, whole_words: bool = True) -> str:
    """Lower-case letters, digits and single dashes; cut between words where there is one to cut at."""
    plain = unicodedata.normalize("NFKD", text.strip().translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"-+", "-", re.sub(r"[^a-z0-9-]", "-", plain)).strip("-")
    if longest <= 0 or len(plain) <= longest:
        return plain
    if not whole_words:
        return plain[:longest]
    end = plain.rfind("-", 0, longest + 1)
    return plain[:longest] if end < 0 else plain[:end]
