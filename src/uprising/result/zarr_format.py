"""Arrays in Zarr format 2, written and read without the zarr package.

The format is a page long (https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html): JSON files say what each array
is, others hold its pieces, compressed. To start the package and to write through it took longer than all people of
a small run; whoever opens a store with zarr or xarray finds what zarr itself would have written.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.result.folder import write_whole

METADATA = ".zmetadata"
DIMENSIONS = "_ARRAY_DIMENSIONS"
LIGHT = {"id": "blosc", "cname": "zstd", "clevel": 1, "shuffle": 1, "blocksize": 0}
"""compression: writing must stay far below the time of the run itself"""
LIGHTEST = LIGHT | {"cname": "lz4", "clevel": 5}
"""for what is read again at once: twice as fast, a third longer"""


class Files(MutableMapping[str, bytes]):
    """The files of a folder by their path inside it; each is written whole or not at all.

    Writing raises OutputError where the disk is full or refuses.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def __getitem__(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

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


Store = MutableMapping[str, bytes]


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
        self.metadata: dict[str, Any] = {}
        self._describe(".zgroup", {"zarr_format": 2})
        self.set_attributes({})

    @classmethod
    def open(cls, store: Store) -> Group:
        """The group that a store holds.

        Raises
        ------
        FileNotFoundError, KeyError, ValueError
            There is none, or it is damaged.
        """
        if METADATA not in store:
            raise FileNotFoundError(f"there is no {METADATA} in it")
        group = cls.__new__(cls)
        group.store = store
        group._compressor = LIGHT
        group.metadata = json.loads(store[METADATA])["metadata"]
        return group

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

    def read(self, name: str) -> NDArray[Any]:
        """The values of an array, written here or by any other program.

        Raises
        ------
        KeyError
            There is no such array.
        """
        import numcodecs

        about = self.metadata[f"{name}/.zarray"]
        shape, piece, dtype = about["shape"], about["chunks"], np.dtype(about["dtype"])
        codecs = [numcodecs.get_codec(codec) for codec in (about["filters"] or [])]
        if about["compressor"] is not None:
            codecs.append(numcodecs.get_codec(about["compressor"]))
        values = np.full(shape, about["fill_value"], dtype) if about["fill_value"] else np.zeros(shape, dtype)
        counts = [range(-(-length // size)) for length, size in zip(shape, piece, strict=True)]
        for place in itertools.product(*counts):
            content: Any = self.store.get(self._key(name, place))
            if content is None:
                continue
            for codec in reversed(codecs):
                content = codec.decode(content)
            written = content if dtype.hasobject else np.frombuffer(content, dtype)
            first = [number * size for number, size in zip(place, piece, strict=True)]
            where = tuple(slice(begin, begin + size) for begin, size in zip(first, piece, strict=True))
            target = values[where]
            inside = tuple(slice(length) for length in target.shape)
            values[where] = written.reshape(piece, order=about["order"])[inside]
        return values

    def consolidate(self) -> None:
        """Write what is told of all arrays into one file, from which the store is opened."""
        self.store[METADATA] = _json({"metadata": self.metadata, "zarr_consolidated_format": 1})

    def _describe(self, key: str, document: dict[str, Any]) -> None:
        self.metadata[key] = document
        self.store[key] = _json(document)

    def _key(self, name: str, place: tuple[int, ...]) -> str:
        separator = self.metadata[f"{name}/.zarray"].get("dimension_separator", ".")
        return f"{name}/{separator.join(map(str, place)) or '0'}"


def zarr_store(store: Store) -> Any:
    """The same store for the zarr package: the path of a folder, or a store in memory."""
    if isinstance(store, Files):
        return str(store.folder)
    from zarr.core.buffer import cpu
    from zarr.storage import MemoryStore

    return MemoryStore({name: cpu.Buffer.from_bytes(content) for name, content in store.items()})


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
