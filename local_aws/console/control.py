"""The query box, and what can be set: the clock and the faults. The script does the rest, through the APIs."""

from __future__ import annotations

from html import escape

from local_aws.console.html import Html, join, section, table
from local_aws.console.world import World


def query_box(world: World) -> Html:
    groups = [each["Name"] for each in world.client("athena").list_work_groups()["WorkGroups"]]
    houses = world.every("redshift-serverless", "list_workgroups", "workgroups")
    databases = [each["Name"] for each in world.every("glue", "get_databases", "DatabaseList")]
    namespaces = {
        each["namespaceName"]: each.get("dbName", "dev")
        for each in world.every("redshift-serverless", "list_namespaces", "namespaces")
    }
    engines = [(f"athena {name}", f"Athena · {name}", "") for name in groups]
    engines += [
        (
            f"redshift {each['workgroupName']}",
            f"Redshift · {each['workgroupName']}",
            namespaces.get(each["namespaceName"], "dev"),
        )
        for each in houses
    ]
    options = "".join(
        f'<option value="{escape(key)}" data-database="{escape(database)}">{escape(label)}</option>'
        for key, label, database in engines
    )
    known = "".join(f'<option value="{escape(each)}"></option>' for each in databases)
    output = f"aws-athena-query-results-{world.account}-{world.region}"
    return Html(
        f'<form id="query" data-output="{escape(output)}"><textarea id="sql" rows="8" spellcheck="false" '
        f'aria-label="SQL" placeholder="SELECT …">{escape(world.query.get("sql", ""))}</textarea>'
        f'<div class="controls"><label>Engine <select id="engine">{options}</select></label>'
        f'<label>Database <input id="database" list="databases" placeholder="default"></label>'
        f'<datalist id="databases">{known}</datalist>'
        '<button class="main" id="run">Run</button><button type="button" id="cancel" disabled>Cancel</button>'
        "<span class=none>Ctrl+Enter runs it</span></div></form>"
        '<div id="outcome" aria-live="polite"></div>'
    )


def view(world: World) -> Html:
    faults = world.lake.faults
    rows = [
        (Html(f"<code>{escape(str(each['fault']))}</code>"), each["seen"], each["struck"]) for each in faults.shapes()
    ]
    now = f"{world.lake.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    clock = Html(
        f'<form id="clock" class="controls"><label>Now (UTC) <input id="now" value="{now}" size="22"></label>'
        '<button class="main">Set</button><button type="button" id="real">Make it real again</button></form>'
        '<p class="hint">All services follow this clock, which runs on from where it is set: '
        "buffers that are due are delivered at once.</p>"
    )
    form = Html(
        '<form id="faults" class="controls"><label class="wide">Fault <input id="fault" size="44" '
        'placeholder="athena.StartQueryExecution#2=throttle"></label><button class="main">Add</button>'
        '<button type="button" id="clear">Clear all</button></form>'
        '<p class="hint">Kinds: throttle, 500, 503, delay:s, late:s, timeout:s, drop (done, but the answer is lost), '
        "records:n, and of firehose.Deliver: twice, overtaken.</p>"
    )
    calls = [(Html(f"<code>{escape(name)}</code>"), count) for name, count in faults.calls.items()]
    reset = Html('<form class="controls"><button type="button" id="reset">Count anew</button></form>')
    return join(
        [
            Html('<div id="outcome" aria-live="polite"></div>'),
            section("Clock", clock),
            section("Faults", form, table(("Fault", "Calls seen", "Struck"), rows, "No fault is set.")),
            section("Calls of clients", table(("Operation", "Calls"), calls, "No calls yet."), reset),
        ]
    )
