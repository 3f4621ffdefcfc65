"""Arrays in Zarr format 2, written and read without the zarr package (docs/decisions/0002 says why).

The format is a page long (https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html): JSON files say what each array
is, others hold its chunks, compressed. Whoever opens a store with zarr or xarray finds what zarr itself would have
written. What is read may come from a stranger: only the data types, codecs and layouts that are written here are
accepted, and a chunk that is missing is an error, never zeros.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.errors import DamagedError, UserError
from uprising.result.checksums import REMEDY, Checksums
from uprising.result.files import read_regular, write_whole

METADATA = ".zmetadata"
DIMENSIONS = "_ARRAY_DIMENSIONS"
LIGHT = {"id": "blosc", "cname": "zstd", "clevel": 1, "shuffle": 1, "blocksize": 0}
"""compression: writing must stay far below the time of the run itself"""
LIGHTEST = LIGHT | {"cname": "lz4", "clevel": 5}
"""for what is read again at once: twice as fast, a third longer"""


MOST_BYTES = 1 << 30
"""of a chunk: larger ones are not written, and not read"""
DTYPES = re.compile(r"\|[biu]1|[<|][iu][1248]|<f[48]|<U[1-9][0-9]{0,3}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


class Files(MutableMapping[str, bytes]):
    """The files of a folder by their path inside it; each is written whole or not at all.

    Writing raises OutputError where the disk is full or refuses. Reading raises DamagedError where a file is not
    what was written.

    Parameters
    ----------
    folder
        The store, such as `series.zarr` in the folder of a run.
    checksums
        Those of the folder that the store lies in; each file is checked when it is read.
    keep
        What must live as long as anything is read from here, such as the handle of a temporary folder.
    """

    def __init__(self, folder: Path | str, checksums: Checksums | None = None, keep: object = None) -> None:
        self.folder = Path(folder)
        self.checksums = checksums
        self._keep = keep

    def __getstate__(self) -> dict[str, Any]:
        # another process does not decide how long a temporary folder lives
        return self.__dict__ | {"_keep": None}

    def __getitem__(self, name: str) -> bytes:
        whole = f"{self.folder.name}/{name}"
        content = read_regular(self.folder.parent, whole)
        if self.checksums is not None:
            content = self.checksums.accept(whole, content)
        if content is None:
            raise KeyError(name)
        return content

    def __setitem__(self, name: str, content: bytes) -> None:
        def write(beside: Path) -> None:
            beside.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)

        write_whole(self.folder / name, write)

    def __delitem__(self, name: str) -> None:
        try:
            (self.folder / name).unlink()
        except FileNotFoundError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return (str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def count(self, name: str) -> int:
        """Count the files of an array."""
        try:
            return sum(1 for _ in (self.folder / name).iterdir())
        except OSError:
            return 0


Store = MutableMapping[str, bytes]


class Layout(NamedTuple):
    """What an array's metadata say, checked.

    `shape` and `chunks` have one length a dimension; `codec` is the codec's name or None.
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    codec: str | None


class Group:
    """Named arrays in a store.

    Parameters
    ----------
    store
        Contents by name: `Files`, or a dict for a store in memory.
    compressor
        How pieces of arrays made here are compressed.

    Examples
    --------
    >>> group = Group({})
    >>> group.create("fled", ("time", "place"), (3, 2), (2, 2), "i4", {"unit": "person"})
    >>> group.write("fled", 0, np.array([[0, 1], [2, 3]], "i4"))
    >>> group.write("fled", 1, np.array([[4, 5]], "i4"))
    >>> group.read("fled").tolist()
    [[0, 1], [2, 3], [4, 5]]
    """

    def __init__(self, store: Store, compressor: dict[str, Any] = LIGHT) -> None:
        self.store = store
        self._compressor = compressor
        self.check: Callable[[Group, str, NDArray[Any]], None] | None = None
        """called with what is read"""
        self.metadata: dict[str, Any] = {}
        self._describe(".zgroup", {"zarr_format": 2})
        self.set_attributes({})

    @classmethod
    def open(cls, store: Store) -> Group:
        """Open the group that a store holds.

        Raises
        ------
        DamagedError
            There is none, or it is not one that is written here.
        """
        group = cls.__new__(cls)
        group.store = store
        group._compressor = LIGHT
        group.check = None
        try:
            document = json.loads(store[METADATA])
        except KeyError:
            raise group.damaged(METADATA, "is missing") from None
        except (ValueError, RecursionError) as error:
            raise group.damaged(METADATA, f"is no JSON: {error}") from error
        metadata = document.get("metadata") if isinstance(document, dict) else None
        if not isinstance(metadata, dict) or not isinstance(metadata.get(".zattrs"), dict):
            raise group.damaged(METADATA, "holds no metadata of arrays")
        group.metadata = metadata
        group._check()
        return group

    def _check(self) -> None:
        """Check that the metadata describe arrays in a way that can be read."""
        sizes: dict[str, int] = {}
        for name in self.names:
            if NAME.fullmatch(name) is None:
                raise self.damaged(METADATA, f"names an array {name[:80]!r}; letters, digits and _ are expected")
            shape = self.layout(name).shape
            about = self.metadata.get(f"{name}/.zattrs")
            dims = about.get(DIMENSIONS) if isinstance(about, dict) else None
            if not isinstance(dims, list) or not all(isinstance(d, str) for d in dims) or len(set(dims)) < len(dims):
                raise self.damaged(METADATA, f"does not name the dimensions of {name}")
            if len(dims) != len(shape):
                raise self.damaged(METADATA, f"names {len(dims)} dimensions of {name}, which has {len(shape)}")
            for dimension, size in zip(dims, shape, strict=True):
                if sizes.setdefault(dimension, size) != size:
                    raise self.damaged(
                        METADATA, f"gives {dimension} the lengths {sizes[dimension]} and {size} (in {name})"
                    )

    def damaged(self, file: str, reason: str) -> DamagedError:
        """Make the error that a file of the store is damaged."""
        if isinstance(self.store, Files):
            return DamagedError(self.store.folder.parent, f"{self.store.folder.name}/{file}", reason)
        return DamagedError("series in memory", file, reason)

    def layout(self, name: str) -> Layout:
        """Read the layout of an array from its metadata.

        Raises
        ------
        KeyError
            There is no such array.
        DamagedError
            It is not one of those that are written here.
        """
        about = self.metadata[f"{name}/.zarray"]

        def refuse(what: str, expected: str) -> DamagedError:
            given = about.get(what) if isinstance(about, dict) else about
            return self.damaged(METADATA, f"says {what} {str(given)[:80]!r} of {name}; expected {expected}")

        if not isinstance(about, dict) or about.get("zarr_format") != 2:
            raise refuse("zarr_format", "2")
        shape, chunks, dtype = _lengths(about.get("shape"), 0), _lengths(about.get("chunks"), 1), about.get("dtype")
        if shape is None:
            raise refuse("shape", "whole numbers from 0")
        if chunks is None:
            raise refuse("chunks", "whole numbers from 1")
        if not isinstance(dtype, str) or DTYPES.fullmatch(dtype) is None:
            raise refuse("dtype", "little-endian numbers or text")
        if len(shape) != len(chunks) or any(c < n for c, n in zip(chunks[1:], shape[1:], strict=True)):
            raise refuse("chunks", "chunks along the first dimension only")
        if np.dtype(dtype).itemsize * math.prod(chunks) > MOST_BYTES:
            raise refuse("chunks", f"at most {MOST_BYTES} bytes a chunk")
        for what, accepted in (("order", ("C",)), ("filters", (None, [])), ("fill_value", (None, 0, ""))):
            if about.get(what) not in accepted:
                raise refuse(what, str(accepted[0]))
        if about.get("dimension_separator", ".") != ".":
            raise refuse("dimension_separator", "'.'")
        codec = about.get("compressor")
        known = None if codec is None else codec.get("id") if isinstance(codec, dict) else codec
        if known not in (None, "blosc", "zstd"):
            raise refuse("compressor", "blosc, zstd or none")
        return Layout(shape, chunks, np.dtype(dtype), known)

    @property
    def names(self) -> list[str]:
        """Names of the arrays, in the order in which they were made."""
        return [key.removesuffix("/.zarray") for key in self.metadata if key.endswith("/.zarray")]

    @property
    def attributes(self) -> dict[str, Any]:
        """What is told of the whole group."""
        return dict(self.metadata[".zattrs"])

    def set_attributes(self, attributes: dict[str, Any]) -> None:
        """Tell something of the whole group."""
        self._describe(".zattrs", attributes)

    def attributes_of(self, name: str) -> dict[str, Any]:
        """What is told of an array, its dimensions among it."""
        return dict(self.metadata[f"{name}/.zattrs"])

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array."""
        return tuple(self.metadata[f"{name}/.zarray"]["shape"])

    def create(
        self, name: str, dims: tuple[str, ...], shape: tuple[int, ...], piece: tuple[int, ...],
        dtype: Any, attributes: dict[str, Any],
    ) -> None:  # fmt: skip
        """Make an array of which nothing is written yet; piece is the shape of what is written at once."""
        if np.dtype(dtype).itemsize * math.prod(piece) > MOST_BYTES:
            raise UserError(
                f"{name} takes more than {MOST_BYTES >> 20} MB a chunk; shorten the calendar or take fewer sites"
            )
        about = {
            "shape": list(shape), "chunks": [max(length, 1) for length in piece], "dtype": np.dtype(dtype).str,
            "fill_value": None, "order": "C", "filters": None, "dimension_separator": ".",
            "compressor": self._compressor, "zarr_format": 2,
        }  # fmt: skip
        self._describe(f"{name}/.zarray", about)
        self._describe(f"{name}/.zattrs", {DIMENSIONS: list(dims), **attributes})

    def write(self, name: str, number: int, values: NDArray[Any]) -> None:
        """Write the piece of this number along the first dimension; the last may be shorter."""
        import numcodecs.blosc

        # threads of its own would leave blocks in the order in which they are done: other bytes every time
        numcodecs.blosc.use_threads = False
        about = self.metadata[f"{name}/.zarray"]
        if values.size:
            if list(values.shape) == about["chunks"]:
                whole = np.ascontiguousarray(values, about["dtype"])
            else:
                whole = np.zeros(about["chunks"], about["dtype"])
                whole[tuple(slice(length) for length in values.shape)] = values
            content = numcodecs.get_codec(about["compressor"]).encode(whole)
            self.store[self._key(name, (number, *[0] * (whole.ndim - 1)))] = bytes(content)

    def put(
        self, name: str, dims: tuple[str, ...], values: NDArray[Any], attributes: dict[str, Any]
    ) -> None:
        """Make an array and write it whole."""
        self.create(name, dims, values.shape, values.shape, values.dtype, attributes)
        self.write(name, 0, values)

    def resize(self, name: str, length: int) -> None:
        """Change the length of the first dimension; what lies beyond is forgotten."""
        about = self.metadata[f"{name}/.zarray"]
        before, about["shape"][0] = about["shape"][0], length
        self._describe(f"{name}/.zarray", about)
        piece, rest = about["chunks"][0], [0] * (len(about["shape"]) - 1)
        for number in range(-(-length // piece), -(-before // piece)):
            self.store.pop(self._key(name, (number, *rest)), None)

    def read(self, name: str, first: int = 0, last: int | None = None) -> NDArray[Any]:
        """Read an array, or some rows of it.

        Parameters
        ----------
        name
            Of the array.
        first, last
            Rows from first to before last, along the first dimension; all when None.

        Returns
        -------
        numpy.ndarray
            Of the array's dtype.

        Raises
        ------
        KeyError
            There is no such array.
        DamagedError
            A chunk is missing, or is not what was written.
        """
        shape, chunks, dtype, codec = self.layout(name)
        if 0 in shape or first == last:
            return np.zeros((0 if first == last else shape[0], *shape[1:]), dtype)
        if not shape:
            return self._chunk(name, 0, chunks, dtype, codec).reshape(())
        last = shape[0] if last is None else last
        size = chunks[0]
        numbers = range(first // size, -(-last // size))
        held = self.store.count(name) if isinstance(self.store, Files) else len(self.store)
        if len(numbers) > held:
            raise self.damaged(name, f"holds {held} files; {len(numbers)} chunks are expected")
        values = np.empty((last - first, *shape[1:]), dtype)
        across = tuple(slice(length) for length in shape[1:])
        for number in numbers:
            begin, end = max(number * size, first), min((number + 1) * size, last)
            chunk = self._chunk(name, number, chunks, dtype, codec)
            values[begin - first : end - first] = chunk[(slice(begin - number * size, end - number * size), *across)]
        if self.check is not None:
            self.check(self, name, values)
        return values

    def _chunk(
        self, name: str, number: int, chunks: tuple[int, ...], dtype: np.dtype[Any], codec: str | None
    ) -> NDArray[Any]:
        """Read a chunk: what is decoded must be exactly as long as the layout says."""
        import numcodecs.blosc
        import numcodecs.zstd

        file = self._key(name, (number, *[0] * (len(chunks) - 1)))
        content = self.store.get(file)
        if content is None:
            raise self.damaged(file, f"is missing; {REMEDY}")
        whole = np.empty(chunks, dtype)
        into = whole.reshape(-1).view(np.uint8)
        try:
            if codec == "blosc":
                # the header's lengths: the decoder believes them
                inside, outside = (int.from_bytes(content[at : at + 4], "little") for at in (4, 12))
                if inside != whole.nbytes or outside != len(content):
                    raise ValueError("its length is another")
                numcodecs.blosc.decompress(content, into)
            elif codec == "zstd":
                numcodecs.zstd.decompress(content, into)
            else:
                whole = np.frombuffer(content, dtype).reshape(chunks)
        except (RuntimeError, ValueError) as error:
            raise self.damaged(file, f"is not as it was written ({error}); {REMEDY}") from error
        if dtype.kind == "U":
            codes = whole.reshape(-1).view(np.uint32)
            # no letters, and halves of a letter that no UTF-8 can hold
            if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
                raise self.damaged(file, f"holds no text; {REMEDY}")
        return whole

    def consolidate(self) -> None:
        """Write what is told of all arrays into one file, from which the store is opened."""
        self.store[METADATA] = _json({"metadata": self.metadata, "zarr_consolidated_format": 1})

    def _describe(self, key: str, document: dict[str, Any]) -> None:
        self.metadata[key] = document
        self.store[key] = _json(document)

    @staticmethod
    def _key(name: str, place: tuple[int, ...]) -> str:
        return f"{name}/{'.'.join(map(str, place)) or '0'}"


def _lengths(given: object, least: int) -> tuple[int, ...] | None:
    """Check a shape of metadata; None when it is none."""
    if not isinstance(given, list) or not all(type(n) is int and least <= n < 1 << 40 for n in given):
        return None
    return tuple(given)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
