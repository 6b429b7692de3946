"""Keys and signatures of minisign: those that the tool made (0.11), and invalid ones."""

from __future__ import annotations

import base64
import hashlib

import pytest
from longflow.minisign import PublicKey, SecretKey, Signature

DATA = b"abc  manifest.json\n"
PUBLIC = """untrusted comment: minisign public key EFF3648C431D0DBF
RWS/DR1DjGTz749yM/PaovZp6gr0T4aTlawGsz18Y9RNCUAaeTH+hPaO
"""
HASHED = """untrusted comment: signature from minisign secret key
RUS/DR1DjGTz79r7FpRmHzSNFIHJhcvU3oArMTxxe9g9VSvgHNLXQ4Mz0fuKXzoHgqnXwPBTMBDOuGerW8AkL5VaAaSvo0TbPA0=
trusted comment: edition 2024
as/1WJUfQEdg7VtLB2Tw4lGljAWJgt84DVwJE6kadW8WL154060ghw2qC0dWcebONLssz9kvJTsowRMbZHbxBw==
"""
LEGACY = """untrusted comment: signature from minisign secret key
RWS/DR1DjGTz7/vak8bvwPxD/1Ie06yNLzegCTXKHPLcxnqTcTT3Wy3EPHqetqiW+N4KzLrAVXpVOvpkED2eRwe9JkPaaJmnOQg=
trusted comment: edition 2024
iHXVidPbyHLYm7eFIceSd6zPWrBNo6xodWe62/z+wvS4jdqDIB25H1F4ZKkygjmeHwb7KseKf6Jy2tYnJeLYAQ==
"""
# A key without a password, made for these tests.
UNLOCKED_KEY = """untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI3dzgVWLysicbPBB6DdFZxsdHChxfgT+z1ZO197KKw6lQZrYwN31IF+Kq0LOkIXhkqdXN/bJ/BimdG6DobScX45YBZB0OVs6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
"""
PUBLIC_OF_UNLOCKED = "RWQjd3OBVYvKyF+Kq0LOkIXhkqdXN/bJ/BimdG6DobScX45YBZB0OVs6"


def no_password() -> str:
    raise AssertionError("nobody should be asked")


def locked(password: str, *, limits: tuple[int, int] = (32768, 16777216)) -> str:
    """The same key locked by a password, at limits of libsodium that are quick to work out."""
    data = base64.b64decode(UNLOCKED_KEY.splitlines()[1])
    key = data[54:126]
    plain = key + hashlib.blake2b(b"Ed" + key, digest_size=32).digest()
    salt = bytes(range(32))
    # Of its smallest limits follows this much work.
    stream = hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1, dklen=104)
    body = bytes(one ^ other for one, other in zip(plain, stream, strict=True))
    head = b"EdScB2" + salt + b"".join(limit.to_bytes(8, "little") for limit in limits)
    return f"untrusted comment: locked\n{base64.b64encode(head + body).decode()}\n"


@pytest.mark.parametrize("text", [HASHED, LEGACY])
@pytest.mark.parametrize("public", [PUBLIC, PUBLIC.splitlines()[1]])
def test_signature_of_the_tool_holds(public: str, text: str) -> None:
    key, signature = PublicKey.parse(public), Signature.parse(text)
    assert key.has_signed(DATA, signature)
    assert (key.name, signature.key_name) == ("EFF3648C431D0DBF", "EFF3648C431D0DBF")
    assert signature.trusted_comment == "edition 2024"
    assert signature.text("signature from minisign secret key") == text


@pytest.mark.parametrize("text", [HASHED, LEGACY])
def test_other_data_comment_or_key_does_not_hold(text: str) -> None:
    key = PublicKey.parse(PUBLIC)
    assert not key.has_signed(DATA + b"\n", Signature.parse(text))
    assert not key.has_signed(DATA, Signature.parse(text.replace("2024", "2025")))
    assert not PublicKey.parse(PUBLIC_OF_UNLOCKED).has_signed(DATA, Signature.parse(text))
    same_id = PublicKey(key.key_id, PublicKey.parse(PUBLIC_OF_UNLOCKED).key)
    assert not same_id.has_signed(DATA, Signature.parse(text))


def test_what_is_signed_holds() -> None:
    key = SecretKey.parse(UNLOCKED_KEY, no_password)
    assert key.public() == PublicKey.parse(PUBLIC_OF_UNLOCKED)
    text = key.sign(DATA, "release\tä").text("ours")
    signature = Signature.parse(text)
    assert signature.algorithm == b"ED"
    assert PublicKey.parse(PUBLIC_OF_UNLOCKED).has_signed(DATA, signature)


def test_key_is_unlocked_by_its_password() -> None:
    assert SecretKey.parse(locked("horse"), lambda: "horse") == SecretKey.parse(
        UNLOCKED_KEY, no_password
    )
    with pytest.raises(ValueError, match="the password is wrong, or the key is damaged"):
        SecretKey.parse(locked("horse"), lambda: "cow")


@pytest.mark.parametrize("limits", [(2**30, 2**40), (2**60, 2**30), (2**63, 2**63)])
def test_key_that_asks_for_too_much_is_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="more than 1 GiB"):
        SecretKey.parse(locked("horse", limits=limits), lambda: "horse")


@pytest.mark.parametrize(
    "text", ["", "RWS/", "untrusted comment: x\n", PUBLIC + PUBLIC, HASHED, "ä" * 56, "A" * 56]
)
def test_what_is_no_public_key_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a public key of minisign"):
        PublicKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC,
        HASHED.replace("trusted comment: e", "comment: e"),
        HASHED.replace("RUS", "RXS"),
        HASHED[:-8],
        HASHED + "more\n",
    ],
)
def test_what_is_no_signature_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a signature of minisign"):
        Signature.parse(text)


@pytest.mark.parametrize("text", ["", PUBLIC, HASHED, UNLOCKED_KEY.replace("RWQAAEIy", "RWQAAEIz")])
def test_what_is_no_secret_key_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a secret key of minisign"):
        SecretKey.parse(text, no_password)
