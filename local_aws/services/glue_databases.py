"""Databases of the Data Catalog, and the definitions of functions that lie in them.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-databases.html,
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-functions.html
"""

from __future__ import annotations

from typing import Any

from local_aws import base
from local_aws.errors import AwsError, Unsupported
from local_aws.services.base import Service
from local_aws.services.glue_shapes import INVALID, name_test, page

Shape = dict[str, Any]


class DatabaseOperations(Service):
    """Databases and functions. Names are kept and found in lower case."""

    def check(self, params: Shape) -> None:
        """Refuse another catalog than the account's own, whatever the operation.

        Deviates: AWS finds other accounts' catalogs, if it may, and the catalogs below the account's.
        """
        given = params.get("CatalogId")
        if given and given != self.lake.account_id:
            raise Unsupported(f"the Data Catalog {given}: only that of the account, {self.lake.account_id}")

    # databases
    def create_database(self, params: Shape) -> None:
        given = _plain(params["DatabaseInput"])
        self.lake.catalog.create_database(given)
        if params.get("Tags"):
            backend = base.backend("glue", self.lake.account_id, self.lake.region)
            backend.tag_resource(self.lake.arn("glue", f"database/{given['Name'].lower()}"), params["Tags"])

    def get_database(self, params: Shape) -> Shape:
        return {"Database": self.lake.catalog.database(params["Name"])}

    def get_databases(self, params: Shape) -> Shape:
        """`ResourceShareType`: FOREIGN and FEDERATED databases are none, for none is shared with the account.

        Deviates: `AttributesToGet` is passed over, whole databases are answered.
        """
        shared_only = params.get("ResourceShareType") in {"FOREIGN", "FEDERATED"}
        found, token = page([] if shared_only else self.lake.catalog.databases(), params)
        return {"DatabaseList": found, "NextToken": token}

    def update_database(self, params: Shape) -> None:
        """Replaces the definition. Deviates: another name in it is refused, for AWS does not say what it does."""
        given = _plain(params["DatabaseInput"])
        if given["Name"].lower() != params["Name"].lower():
            raise Unsupported("UpdateDatabase to another name")
        self.lake.catalog.update_database(given)

    def delete_database(self, params: Shape) -> None:
        """With all its tables, partitions and functions; AWS removes them a while later."""
        self.lake.catalog.delete_database(params["Name"])

    # functions
    def create_user_defined_function(self, params: Shape) -> None:
        given = params["FunctionInput"]
        name = _function_name(given)
        functions = self.lake.catalog.functions(params["DatabaseName"])
        if name in functions:
            raise AwsError("AlreadyExistsException", "Function already exists.")
        self._keep(params["DatabaseName"], {**functions, name: self._made(params["DatabaseName"], name, given)})

    def get_user_defined_function(self, params: Shape) -> Shape:
        return {"UserDefinedFunction": self._function(params["DatabaseName"], params["FunctionName"])}

    def get_user_defined_functions(self, params: Shape) -> Shape:
        """`Pattern` is over whole names: a regular expression, or one with `*` for anything."""
        catalog, database, kind = self.lake.catalog, params.get("DatabaseName"), params.get("FunctionType")
        databases = [database] if database else [each["Name"] for each in catalog.databases()]
        wanted = name_test(params["Pattern"])
        functions = [found for each in databases for _, found in sorted(catalog.functions(each).items())]
        chosen = [
            each
            for each in functions
            if wanted(each["FunctionName"]) and kind in {None, each.get("FunctionType", "REGULAR_FUNCTION")}
        ]
        found, token = page(chosen, params)
        return {"UserDefinedFunctions": found, "NextToken": token}

    def update_user_defined_function(self, params: Shape) -> None:
        database, given = params["DatabaseName"], params["FunctionInput"]
        before = self._function(database, params["FunctionName"])
        name = _function_name({"FunctionName": before["FunctionName"], **given})
        functions = self.lake.catalog.functions(database)
        if name != before["FunctionName"] and name in functions:
            raise AwsError("AlreadyExistsException", "Function already exists.")
        del functions[before["FunctionName"]]
        made = {**self._made(database, name, given), "CreateTime": before["CreateTime"]}
        self._keep(database, {**functions, name: made})

    def delete_user_defined_function(self, params: Shape) -> None:
        found = self._function(params["DatabaseName"], params["FunctionName"])
        functions = self.lake.catalog.functions(params["DatabaseName"])
        del functions[found["FunctionName"]]
        self._keep(params["DatabaseName"], functions)

    def _function(self, database: str, name: str) -> Shape:
        found = self.lake.catalog.functions(database).get(name.lower())
        if found is None:
            raise AwsError("EntityNotFoundException", f"Function {name} not found.")
        return found

    def _made(self, database: str, name: str, given: Shape) -> Shape:
        place = {"DatabaseName": database.lower(), "CatalogId": self.lake.account_id}
        return {**given, **place, "FunctionName": name, "CreateTime": self.lake.clock.now()}

    def _keep(self, database: str, functions: dict[str, Shape]) -> None:
        self.lake.catalog.set_functions(database, functions)


def _function_name(given: Shape) -> str:
    name = str(given.get("FunctionName") or "").lower()
    if not name:
        raise AwsError(INVALID, "FunctionInput must name the function.")
    return name


def _plain(database_input: Shape) -> Shape:
    for member, feature in (("TargetDatabase", "resource links"), ("FederatedDatabase", "federated databases")):
        if database_input.get(member):
            raise Unsupported(f"{feature}: {member} in a DatabaseInput")
    return database_input
