"""Signatures in minisign's format: Ed25519 over a file, with a comment that is signed as well.

The format is that of https://jedisct1.github.io/minisign/: keys and signatures are lines of base64
below a comment. What is signed is the file's BLAKE2b-512 (`ED`) or, in the older kind, the file
itself (`Ed`); both are read, the first is written. Anything that is no such key or signature raises
a ValueError with the reason.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_UNTRUSTED = "untrusted comment: "
_TRUSTED = "trusted comment: "
_KEY = b"Ed"
_HASHED = b"ED"
_SCRYPT = b"Sc"
_NO_KDF = b"\0\0"
_BLAKE2 = b"B2"
# minisign itself needs this much; a file that needs more is not from it.
_MOST_MEMORY_BYTES = 2**30


@dataclass(frozen=True)
class PublicKey:
    """The key that verifies signatures."""

    key_id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a public key: its line of base64, or the file that `minisign -G` writes.

        Raises:
            ValueError: it is not a public key.
        """
        lines = [line for line in text.splitlines() if not line.startswith(_UNTRUSTED)]
        data = _decoded(lines[0] if len(lines) == 1 else "", 42, "a public key of minisign")
        if data[:2] != _KEY:
            raise ValueError("not a public key of minisign")
        return cls(data[2:10], data[10:])

    @property
    def name(self) -> str:
        """The key's id as minisign shows it."""
        return key_name(self.key_id)

    def has_signed(self, data: bytes, signature: Signature) -> bool:
        """Whether a signature of a file and of its trusted comment was made with this key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - heavy
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - heavy

        if signature.key_id != self.key_id:
            return False
        key = ed25519.Ed25519PublicKey.from_public_bytes(self.key)
        try:
            key.verify(signature.signature, _signed_part(data, signature.algorithm))
            key.verify(
                signature.of_comment, signature.signature + signature.trusted_comment.encode()
            )
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SecretKey:
    """The key that signs files; `seed` is the 32 bytes it derives from."""

    key_id: bytes
    seed: bytes

    @classmethod
    def parse(cls, text: str, ask_password: Callable[[], str]) -> SecretKey:
        """Read the file that `minisign -G` writes.

        Args:
            text: the file.
            ask_password: called if the key is locked by a password.

        Raises:
            ValueError: it is no secret key, or the password is wrong.
        """
        lines = text.splitlines()
        what = "a secret key of minisign"
        if len(lines) != 2 or not lines[0].startswith(_UNTRUSTED):
            raise ValueError(f"not {what}")
        data = _decoded(lines[1], 158, what)
        kinds, salt, limits, locked = data[:6], data[6:38], data[38:54], data[54:]
        if kinds[:2] != _KEY or kinds[4:] != _BLAKE2 or kinds[2:4] not in {_SCRYPT, _NO_KDF}:
            raise ValueError(f"not {what} of a known kind")
        if kinds[2:4] == _SCRYPT:
            stream = _scrypt(ask_password().encode(), salt, limits, len(locked))
            locked = bytes(one ^ other for one, other in zip(locked, stream, strict=True))
        key_id, secret, checksum = locked[:8], locked[8:72], locked[72:]
        # A key without a password has no checksum.
        if kinds[2:4] == _NO_KDF:
            checksum = _checksum(key_id + secret)
        if _checksum(key_id + secret) != checksum:
            raise ValueError("the password is wrong, or the key is damaged")
        key = cls(key_id, secret[:32])
        if key.public().key != secret[32:]:
            raise ValueError("the key is damaged")
        return key

    def public(self) -> PublicKey:
        """The corresponding public key."""
        return PublicKey(self.key_id, self._private().public_key().public_bytes_raw())

    def sign(self, data: bytes, trusted_comment: str) -> Signature:
        """Sign a file and a comment of one line."""
        key = self._private()
        signature = key.sign(_signed_part(data, _HASHED))
        of_comment = key.sign(signature + trusted_comment.encode())
        return Signature(_HASHED, self.key_id, signature, trusted_comment, of_comment)

    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - heavy

        return ed25519.Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Signature:
    """A signature over a file.

    Attributes:
        algorithm: `Ed`, or `ED` over the file's BLAKE2b-512.
        key_id: of the key that signed.
        signature: over the file.
        trusted_comment: a line that is signed as well.
        of_comment: signature over `signature` and the comment.
    """

    algorithm: bytes
    key_id: bytes
    signature: bytes
    trusted_comment: str
    of_comment: bytes

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read a `.minisig` file.

        Raises:
            ValueError: it is not a signature.
        """
        what = "a signature of minisign"
        lines = text.splitlines()
        if (
            len(lines) != 4
            or not lines[0].startswith(_UNTRUSTED)
            or not lines[2].startswith(_TRUSTED)
        ):
            raise ValueError(f"not {what}")
        data = _decoded(lines[1], 74, what)
        if data[:2] not in {_KEY, _HASHED}:
            raise ValueError(f"not {what} of a known kind")
        comment = lines[2].removeprefix(_TRUSTED)
        return cls(data[:2], data[2:10], data[10:], comment, _decoded(lines[3], 64, what))

    @property
    def key_name(self) -> str:
        """Id of the key that signed, as minisign shows it."""
        return key_name(self.key_id)

    def text(self, untrusted_comment: str) -> str:
        """The `.minisig` file."""
        lines = (
            _UNTRUSTED + untrusted_comment,
            base64.b64encode(self.algorithm + self.key_id + self.signature).decode(),
            _TRUSTED + self.trusted_comment,
            base64.b64encode(self.of_comment).decode(),
        )
        return "".join(f"{line}\n" for line in lines)


def key_name(key_id: bytes) -> str:
    """The id of a key as minisign shows it: hexadecimal digits, the last byte first."""
    return key_id[::-1].hex().upper()


def _checksum(key: bytes) -> bytes:
    return hashlib.blake2b(_KEY + key, digest_size=32).digest()


def _signed_part(data: bytes, algorithm: bytes) -> bytes:
    return hashlib.blake2b(data).digest() if algorithm == _HASHED else data


def _decoded(line: str, length: int, what: str) -> bytes:
    try:
        data = base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != length:
        raise ValueError(f"not {what}")
    return data


def _scrypt(password: bytes, salt: bytes, limits: bytes, length: int) -> bytes:
    """The key stream of a password; scrypt's parameters follow from the limits as in libsodium.

    Source: `pickparams` in libsodium's crypto_pwhash_scryptsalsa208sha256.c.
    """
    operations = max(int.from_bytes(limits[:8], "little"), 32768)
    memory = int.from_bytes(limits[8:], "little")
    r, p = 8, 1
    most = operations // (4 * r) if operations < memory // 32 else memory // (128 * r)
    n = 2
    while n <= most // 2:
        n *= 2
    if operations >= memory // 32:
        p = max(operations // 4 // n // r, 1)
    if 128 * n * r > _MOST_MEMORY_BYTES or p > 16:
        raise ValueError("unlocking the key needs more than 1 GiB of memory")
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=2**31 - 1, dklen=length)
