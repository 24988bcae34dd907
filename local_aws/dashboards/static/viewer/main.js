// The page: header with freshness, sheets as tabs, the grid of cards, light and dark.
"use strict";
(() => {
  const el = Viewer.element;
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROW = 32; // a grid row with its gap, in pixels: what a card is high on a narrow screen
  const live = !data.exported && location.protocol !== "file:"; // an exported file has no server to ask
  let cards = [], current = 0;
  const fresh = () => ({ parameters: {}, filters: {}, picks: [], drills: {} });
  const state = { ...fresh(), ...(() => { try { return JSON.parse(new URLSearchParams(location.search).get("state") ?? "{}"); } catch { return {}; } })() };
  const chosen = () => Object.keys(state.parameters).length + Object.keys(state.filters).length + Object.keys(state.drills).length + state.picks.length > 0;

  const reader = () => ["user", "group"].flatMap((name) => new URLSearchParams(location.search).getAll(name).map((value) => `&${name}=${encodeURIComponent(value)}`)).join("");

  const asked = () => Math.max(0, data.sheets.findIndex((sheet) => sheet.id === new URLSearchParams(location.search).get("sheet")));
  const visit = (index) => { // another sheet, which the address then names
    const address = new URL(location.href);
    address.searchParams.set("sheet", data.sheets[index].id);
    if (live) history.pushState(null, "", address);
    return open(index);
  };

  const moment = (iso) => `${Viewer.date(iso, "d MMM yyyy, HH:mm")} UTC`;

  const freshness = () => {
    const list = document.getElementById("freshness");
    const alerts = document.getElementById("alerts");
    const item = (set) => el("li", { "data-state": set.state, title: set.message ?? "" }, el("b", {}, set.name),
      ` ${set.state === "direct" ? "queried directly" : set.refreshed ? `refreshed ${moment(set.refreshed)} · ${set.rows.toLocaleString("en-US")} rows` : "never loaded"}`);
    const fresh = data.data_sets.filter((set) => set.state === "ready");
    if (fresh.length > 2) { // those that are as they should be are one line, which opens
      const oldest = fresh.map((set) => set.refreshed).sort()[0];
      list.append(el("li", { class: "many" }, el("details", {}, el("summary", { "data-state": "ready" }, el("b", {}, `${fresh.length} data sets`), ` refreshed ${moment(oldest)} or later`), el("ul", {}, ...fresh.map(item)))));
    }
    for (const set of data.data_sets) {
      if (fresh.length <= 2 || set.state !== "ready") list.append(item(set));
      const bad = ["empty", "missing", "failed"].includes(set.state);
      if (set.message && set.state !== "refreshing") {
        const stale = set.state === "stale" ? ` Shown are the rows of ${moment(set.refreshed)}.` : "";
        alerts.append(el("p", { class: bad ? "bad" : "" }, `${set.message.replace(/[.!\s]*$/, ".")}${stale}`));
      }
    }
    const { dashboard } = data;
    document.getElementById("version").textContent = `Version ${dashboard.version}` +
      (dashboard.published ? ` · published ${moment(dashboard.published)}` : "") + (data.reader ? ` · as ${data.reader} sees it` : "");
  };

  const place = (element, spot) => {
    element.style.gridColumn = `${spot.column + 1} / span ${spot.width}`;
    element.style.gridRow = `${spot.row + 1} / span ${spot.height}`;
    element.style.setProperty("--height", `${Math.max(spot.height, 3) * ROW}px`);
    return element;
  };

  // The choices stand in the address: it can be kept, sent, and gone back from.
  const changed = async (push = true) => {
    const address = new URL(location.href);
    if (chosen()) address.searchParams.set("state", JSON.stringify(state)); else address.searchParams.delete("state");
    if (data.sheets[current]) address.searchParams.set("sheet", data.sheets[current].id);
    if (push) history.pushState(null, "", address);
    for (const sheet of data.sheets) delete sheet.visuals;
    await open(current);
  };
  addEventListener("popstate", () => {
    Object.assign(state, fresh(), JSON.parse(new URLSearchParams(location.search).get("state") ?? "{}"));
    current = asked();
    changed(false);
  });

  // Down into an item, or up to a level of the way.
  const descend = (visual, path) => {
    if (path.length) state.drills[visual.id] = path; else delete state.drills[visual.id];
    state.picks = state.picks.filter((one) => one.visual !== visual.id);
    changed();
  };

  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const follow = (visual, row) => {
    const fields = Object.fromEntries(visual.columns.map((column, at) => [column.id, row[at]]));
    const chosenFields = Object.fromEntries(visual.columns.map((column, at) => [column, row[at]])
      .filter(([column, value]) => column.role !== "measure" && (value === null || typeof value !== "object")).map(([column, value]) => [column.id, value]));
    let touched = false;
    for (const action of visual.actions ?? []) {
      if (action.url) open_(action.url.replace(/<<\$?([^>]+)>>|\{\{([^}]+)\}\}/g, (_, name, other) => encodeURIComponent(fields[name ?? other] ?? fields[visual.columns.find((column) => column.label === (name ?? other))?.id] ?? state.parameters[name]?.[0] ?? "")));
      if (action.parameter && fields[action.field] !== undefined) { state.parameters[action.parameter] = [fields[action.field]]; touched = true; }
      if (action.sheet) current = Math.max(0, data.sheets.findIndex((sheet) => sheet.id === action.sheet));
    }
    if (visual.filters?.length && Object.keys(chosenFields).length) {
      const pick = { visual: visual.id, fields: chosenFields };
      const before = state.picks.find((one) => one.visual === visual.id);
      state.picks = state.picks.filter((one) => one.visual !== visual.id);
      if (!before || !same(before.fields, pick.fields)) state.picks.push(pick);
      touched = true;
    }
    if (touched) changed(); else if (visual.actions?.some((action) => action.sheet)) visit(current);
  };
  const open_ = (address) => window.open(address, "_blank", "noopener,noreferrer");

  const chips = (sheet) => {
    const bar = document.getElementById("picks");
    const made = state.picks.flatMap((pick) => {
      const visual = sheet.visuals.find((one) => one.id === pick.visual);
      if (!visual?.columns) return [];
      const text = Object.entries(pick.fields).map(([id, value]) => { const column = visual.columns.find((one) => one.id === id); return column ? `${column.label}: ${Viewer.format(value, column)}` : id; }).join(", ");
      const button = el("button", { type: "button", "aria-label": `Remove ${text}` }, `${text}  ×`);
      button.addEventListener("click", () => { state.picks = state.picks.filter((one) => one !== pick); changed(); });
      return [button];
    });
    if (live && chosen()) {
      const reset = el("button", { type: "button", class: "reset" }, "Reset");
      reset.addEventListener("click", () => { Object.assign(state, fresh()); changed(); });
      made.push(reset);
    }
    bar.replaceChildren(...made);
  };

  const show = (sheet) => {
    const bar = document.getElementById("controls");
    bar.replaceChildren(...(live ? (sheet.controls ?? []).map((control) => Viewer.control(control, (choice) => {
      if (control.parameter) state.parameters[control.parameter] = choice; else state.filters[control.filter] = choice && ("min" in choice || "max" in choice) ? { ...state.filters[control.filter], ...choice } : choice;
      changed();
    })) : []));
    chips(sheet);
    const main = document.getElementById("sheet");
    cards.forEach((card) => card.dispose());
    cards = sheet.visuals.map((visual) => new Viewer.Card(visual));
    for (const card of cards) {
      if (live && (card.visual.filters?.length || card.visual.actions?.length)) card.onPick = follow;
      if (live && card.visual.drill) card.onDrill = descend;
      if (state.picks.some((pick) => pick.visual === card.visual.id)) card.element.dataset.picked = "";
    }
    const byId = new Map(cards.map((card) => [card.visual.id, card.element]));
    for (const box of sheet.text_boxes) {
      const text = el("div", { class: "text", "data-id": box.id });
      text.innerHTML = box.html; // made safe by the server: known tags, no attributes but style and http links
      byId.set(box.id, text);
    }
    const grid = el("div", { class: "grid" });
    const left = new Set(byId.keys());
    for (const spot of sheet.places) {
      if (byId.has(spot.id)) { grid.append(place(byId.get(spot.id), spot)); left.delete(spot.id); }
    }
    for (const id of left) { // a visual that the layout forgets is shown below
      const element = byId.get(id);
      element.style.gridColumn = "1 / -1";
      element.style.gridRow = "auto / span 12";
      element.style.setProperty("--height", `${12 * ROW}px`);
      grid.append(element);
    }
    if (!byId.size) grid.append(place(el("p", { class: "advice" }, "This sheet has no visuals yet."), { column: 0, width: 36, row: 0, height: 3 }));
    main.replaceChildren(...(sheet.note ? [el("p", { class: "hidden" }, sheet.note)] : []), grid);
    cards.forEach((card) => card.draw());
  };

  const open = async (index) => {
    current = index;
    document.querySelectorAll("#tabs button").forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      if (at === index) tab.parentElement.scrollTo({ left: tab.offsetLeft - 40 });
    });
    const sheet = data.sheets[index];
    if (!sheet) return document.getElementById("sheet").replaceChildren(el("p", { class: "advice" }, "This dashboard has no sheets."));
    if (!sheet.visuals) {
      const answer = await fetch(`${location.pathname.replace(/\/$/, "")}/data.json?sheet=${encodeURIComponent(sheet.id)}&state=${encodeURIComponent(JSON.stringify(state))}${reader()}`);
      const found = await answer.json();
      if (!answer.ok) return document.getElementById("sheet").replaceChildren(el("p", { class: "advice" }, found.message ?? `The server answered ${answer.status}.`));
      Object.assign(sheet, found.sheets[index]);
    }
    show(sheet);
  };

  const tabs = () => {
    const bar = document.getElementById("tabs");
    if (data.sheets.length < 2) return;
    data.sheets.forEach((sheet, index) => {
      const tab = el("button", { type: "button", role: "tab" }, sheet.name);
      tab.addEventListener("click", () => visit(index));
      bar.append(tab);
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = [...bar.children];
      const next = (all.indexOf(document.activeElement) + step + all.length) % all.length;
      all[next].focus();
      visit(next);
    });
  };

  const themes = () => {
    const button = document.getElementById("theme");
    const root = document.documentElement;
    const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
    const asked = new URLSearchParams(location.search).get("theme");
    const chosen = [asked, stored, data.dashboard.theme].find((name) => name === "dark" || name === "light");
    if (chosen) root.dataset.theme = chosen;
    const label = () => { button.textContent = Viewer.dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Switch to ${button.textContent.toLowerCase()} colours`); };
    const again = () => { label(); cards.forEach((card) => card.draw()); };
    button.addEventListener("click", () => {
      root.dataset.theme = Viewer.dark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private mode: for this page only */ }
      again();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    label();
  };

  let timer;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(() => cards.forEach((card) => card.resized()), 120); });
  addEventListener("beforeprint", () => cards.forEach((card) => card.resized()));
  themes();
  freshness();
  tabs();
  open(asked());
})();
