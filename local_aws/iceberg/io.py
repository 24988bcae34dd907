"""pyiceberg's files as objects of our store: read from their file on disk, written whole or not at all."""

from __future__ import annotations

import io
from types import TracebackType
from typing import BinaryIO, cast

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream
from pyiceberg.typedef import EMPTY_DICT, Properties

from local_aws.errors import AwsError
from local_aws.objects import ObjectStore, StoredObject, split_uri


class ObjectInput(InputFile):
    """An object to read."""

    def __init__(self, objects: ObjectStore, location: str) -> None:
        super().__init__(location)
        self._objects = objects

    def stored(self) -> StoredObject:
        try:
            return self._objects.head(*split_uri(self.location))
        except AwsError as error:
            raise FileNotFoundError(error.message) from error

    def __len__(self) -> int:
        return self.stored().size

    def exists(self) -> bool:
        return self._objects.exists(*split_uri(self.location))

    def open(self, seekable: bool = True) -> InputStream:
        return cast(InputStream, self.stored().path.open("rb"))


class _Upload(io.BytesIO):
    """Bytes that become an object when closed without an error."""

    def __init__(self, objects: ObjectStore, location: str) -> None:
        super().__init__()
        self._objects = objects
        self._location = location

    def close(self) -> None:
        if not self.closed:
            self._objects.put(*split_uri(self._location), self.getvalue())
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            super().close()
        self.close()


class ObjectOutput(OutputFile):
    """An object to write."""

    def __init__(self, objects: ObjectStore, location: str) -> None:
        super().__init__(location)
        self._objects = objects

    def __len__(self) -> int:
        return len(self.to_input_file())

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> ObjectInput:
        return ObjectInput(self._objects, self.location)

    def create(self, overwrite: bool = False) -> OutputStream:
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return cast(OutputStream, cast(BinaryIO, _Upload(self._objects, self.location)))


class ObjectIO(FileIO):
    """The account's object store, as pyiceberg sees it."""

    def __init__(self, objects: ObjectStore, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._objects = objects

    def new_input(self, location: str) -> ObjectInput:
        return ObjectInput(self._objects, location)

    def new_output(self, location: str) -> ObjectOutput:
        return ObjectOutput(self._objects, location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        uri = location if isinstance(location, str) else location.location
        self._objects.delete(*split_uri(uri))
