"""Passwords of both kinds, and what is no hash at all."""

import bcrypt
import pytest

from stackwright.kernel.errors import BadInput
from stackwright.kernel.passwords import bcrypt_password, hash_password, is_password

ARGO_CD = "$2a$04$" + bcrypt.hashpw(b"password", b"$2a$04$abcdefghijklmnopqrstuu").decode()[7:]


@pytest.mark.parametrize(
    "hashed",
    [hash_password("password"), bcrypt_password("password"), ARGO_CD, ARGO_CD.replace("$2a", "$2y")],
    ids=["scrypt", "bcrypt", "2a", "2y"],
)
def test_a_password_fits_its_hash_and_no_other(hashed: str) -> None:
    assert (is_password("password", hashed), is_password("Password", hashed), is_password("", hashed)) == (True, False, False)


@pytest.mark.parametrize("hashed", ["", "password", "$2a$10$short", "scrypt$zz$zz", "$2a$31$" + "a" * 53, "$1$salt$hash"])
def test_what_is_no_hash_or_would_take_for_ever_fits_nothing(hashed: str) -> None:
    assert not is_password("password", hashed)


def test_what_bcrypt_would_cut_off_is_refused() -> None:
    assert not is_password("a" * 73, bcrypt_password("a" * 72))
    with pytest.raises(BadInput, match="72 bytes"):
        bcrypt_password("é" * 37)
