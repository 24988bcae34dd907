// The query box, the clock and the faults. It speaks the same APIs as any client; signatures are not verified here.
"use strict";
const { account, region, home } = document.body.dataset;
const find = (id) => document.getElementById(id);
const make = (tag, text, kind) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return element;
};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function theme() {
  const button = find("theme");
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const kept = localStorage.getItem("local_aws.theme");
  if (kept) document.documentElement.dataset.theme = kept;
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("local_aws.theme", document.documentElement.dataset.theme);
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
}

function accounts() {
  find("account").addEventListener("change", (event) => {
    const [number, where] = event.target.value.split(" ");
    const section = location.pathname.startsWith(home) ? location.pathname.slice(home.length).split("/")[1] || "" : "";
    location.href = `${home}/${section}?account=${number}&region=${where}`;
  });
}

const scope = (service) =>
  `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

async function call(service, target, params) {
  const headers = { "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", Authorization: scope(service) };
  const answer = await fetch("/", { method: "POST", headers, body: JSON.stringify(params) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.__type}: ${body.message || body.Message}`);
  return body;
}
const athena = (operation, params) => call("athena", `AmazonAthena.${operation}`, params);
const redshift = (operation, params) => call("redshift-data", `RedshiftData.${operation}`, params);

function grid(names, rows) {
  const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  for (const name of names) head.append(make("th", name));
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) line.append(cell === null ? make("td", "NULL", "none") : make("td", cell));
  }
  const frame = make("div", undefined, "scroll");
  frame.append(table);
  return frame;
}

async function runAthena(workgroup, database, sql, bucket, began) {
  const output = await athena("GetWorkGroup", { WorkGroup: workgroup });
  const request = { QueryString: sql, WorkGroup: workgroup, ClientRequestToken: crypto.randomUUID() };
  if (!output.WorkGroup.Configuration.ResultConfiguration?.OutputLocation) {
    await fetch(`/${bucket}`, { method: "PUT", headers: { Authorization: scope("s3") } });
    request.ResultConfiguration = { OutputLocation: `s3://${bucket}/` };
  }
  if (database) request.QueryExecutionContext = { Database: database };
  const id = (await athena("StartQueryExecution", request)).QueryExecutionId;
  began(() => athena("StopQueryExecution", { QueryExecutionId: id }));
  for (let wait = 50; ; wait = Math.min(wait * 1.5, 1000)) {
    const found = (await athena("GetQueryExecution", { QueryExecutionId: id })).QueryExecution;
    if (!["QUEUED", "RUNNING"].includes(found.Status.State)) return athenaOutcome(found);
    await pause(wait);
  }
}

async function athenaOutcome(found) {
  const id = found.QueryExecutionId, statistics = found.Statistics;
  const facts = [`${found.Status.State} in ${(statistics.TotalExecutionTimeInMillis / 1000).toFixed(2)} s`,
    `${(statistics.DataScannedInBytes || 0).toLocaleString("en")} bytes scanned`];
  const link = `${home}/athena/${id}?account=${account}&region=${region}`;
  if (found.Status.State !== "SUCCEEDED") return { facts, link, problem: found.Status.StateChangeReason };
  const answer = await athena("GetQueryResults", { QueryExecutionId: id, MaxResults: 1000 });
  const names = answer.ResultSet.ResultSetMetadata.ColumnInfo.map((each) => each.Name);
  const rows = answer.ResultSet.Rows.map((row) => row.Data.map((cell) => cell.VarCharValue ?? null));
  if (found.StatementType === "DML" && names.length) rows.shift();
  if (answer.UpdateCount) facts.push(`${answer.UpdateCount} rows written`);
  return { facts, link, names: names.length ? names : ["result"], rows, more: Boolean(answer.NextToken) };
}

const plain = (cell) => (cell.isNull ? null : String(Object.values(cell)[0]));

async function runRedshift(workgroup, database, sql, began) {
  const place = { WorkgroupName: workgroup, Database: database || "dev" };
  const id = (await redshift("ExecuteStatement", { ...place, Sql: sql, ClientToken: crypto.randomUUID() })).Id;
  began(() => redshift("CancelStatement", { Id: id }));
  for (let wait = 50; ; wait = Math.min(wait * 1.5, 1000)) {
    const found = await redshift("DescribeStatement", { Id: id });
    if (["FINISHED", "FAILED", "ABORTED"].includes(found.Status)) return redshiftOutcome(found);
    await pause(wait);
  }
}

async function redshiftOutcome(found) {
  const facts = [`${found.Status} in ${(Math.max(found.Duration, 0) / 1e9).toFixed(2)} s`];
  if (found.ResultRows >= 0) facts.push(`${found.ResultRows.toLocaleString("en")} rows`);
  const link = `${home}/redshift/${found.Id}?account=${account}&region=${region}`;
  if (found.Status !== "FINISHED") return { facts, link, problem: found.Error || found.Status };
  if (!found.HasResultSet) return { facts, link };
  const answer = await redshift("GetStatementResult", { Id: found.Id });
  const names = answer.ColumnMetadata.map((each) => each.name);
  return { facts, link, names, rows: answer.Records.map((row) => row.map(plain)).slice(0, 1000), more: answer.Records.length > 1000 || Boolean(answer.NextToken) };
}

function show({ facts = [], link, problem, names, rows, more }) {
  const summary = make("p", facts.join(" · "));
  if (link) {
    const anchor = make("a", "Details");
    anchor.href = link;
    summary.append(" · ", anchor);
  }
  find("outcome").replaceChildren(...(problem ? [make("p", problem, "problem")] : []), summary,
    ...(names ? [grid(names, rows)] : []), ...(more ? [make("p", `The first ${rows.length} rows.`, "hint")] : []));
}

function queries() {
  const form = find("query"), cancel = find("cancel"), run = find("run"), database = find("database");
  let stop = null;
  const suggest = () => { database.value = find("engine").selectedOptions[0]?.dataset.database || ""; };
  find("engine").addEventListener("change", suggest);
  find("sql").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  cancel.addEventListener("click", () => stop && stop());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [engine, place] = find("engine").value.split(" "), sql = find("sql").value.trim();
    if (!sql) return;
    const began = (action) => { stop = action; cancel.disabled = false; };
    run.disabled = true;
    find("outcome").replaceChildren(make("p", "Running …", "hint"));
    try {
      show(await (engine === "athena" ? runAthena(place, database.value, sql, form.dataset.output, began) : runRedshift(place, database.value, sql, began)));
    } catch (error) {
      show({ problem: error.message });
    } finally {
      run.disabled = false;
      cancel.disabled = true;
    }
  });
}

async function send(method, what, body) {
  const answer = await fetch(`/_local_aws/${what}`, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (answer.ok) location.reload();
  else find("outcome").replaceChildren(make("p", (await answer.json()).message, "problem"));
}

function control() {
  const on = (id, kind, action) => find(id).addEventListener(kind, (event) => { event.preventDefault(); action(); });
  on("clock", "submit", () => send("PUT", "clock", { now: find("now").value.trim() }));
  on("real", "click", () => send("PUT", "clock", { now: null }));
  on("faults", "submit", () => send("POST", "faults", { faults: [find("fault").value.trim()] }));
  on("clear", "click", () => send("DELETE", "faults"));
  on("reset", "click", () => send("DELETE", "calls"));
}

theme();
accounts();
document.querySelector("nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
if (find("query")) queries();
if (find("clock")) control();
