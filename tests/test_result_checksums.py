"""The checksum of a file is the one that other tools compute, and every byte counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from uprising.result.checksums import file_checksum


def test_checksum_is_the_published_one(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-4, example of SHA-256
    assert (
        file_checksum(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_every_byte_counts(tmp_path: Path) -> None:
    content = bytearray(range(256)) * 8
    file = tmp_path / "file"
    file.write_bytes(content)
    known = file_checksum(file)
    for place in range(0, len(content), 97):
        content[place] ^= 1
        file.write_bytes(content)
        assert file_checksum(file) != known
        content[place] ^= 1


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_checksum(tmp_path / "none")
