// Controls of parameters and filters: lists, text, dates, sliders.
"use strict";
(() => {
  const el = Viewer.element;
  const day = (value) => (value ? String(value).slice(0, 10) : "");

  const choices = (control, choose) => {
    const all = control.values.map(String), chosen = new Set((control.chosen ?? []).map(String));
    if (!control.many) {
      const select = el("select", {}, el("option", { value: "" }, "All"), ...all.map((value) => el("option", { value, ...(chosen.has(value) ? { selected: "" } : {}) }, value)));
      select.addEventListener("change", () => choose(select.value === "" ? [] : [select.value]));
      return select;
    }
    const text = !chosen.size ? "All" : chosen.size <= 2 ? [...chosen].join(", ") : `${chosen.size} chosen`;
    const boxes = all.map((value) => el("input", { type: "checkbox", value, ...(chosen.has(value) ? { checked: "" } : {}) }));
    const details = el("details", {}, el("summary", {}, text), el("div", { class: "options" }, ...boxes.map((box) => el("label", {}, box, box.value))));
    // chosen together, applied when the list is closed: one question for all boxes
    const before = JSON.stringify([...chosen].sort());
    details.addEventListener("toggle", () => {
      const now = boxes.filter((box) => box.checked).map((box) => box.value);
      if (!details.open && JSON.stringify([...now].sort()) !== before) choose(now);
    });
    addEventListener("click", (event) => { if (details.isConnected && details.open && !details.contains(event.target)) details.open = false; });
    details.addEventListener("keydown", (event) => { if (event.key === "Escape") details.open = false; });
    return details;
  };

  const input = (type, value, choose, more = {}) => {
    const made = el("input", { type, value: value ?? "", ...more });
    made.addEventListener("change", () => choose(made.value));
    return made;
  };

  const range = (control, choose, type) => {
    const date = type === "date";
    const bounds = { min: date ? undefined : control.min, max: date ? undefined : control.max, step: control.step ?? (date ? undefined : "any") };
    const read = (value) => (date ? day(value) : value);
    return el("div", { class: "pair" },
      input(type, read(control.low), (value) => choose({ min: value }), { ...bounds, "aria-label": "from" }), "to",
      input(type, read(control.high), (value) => choose({ max: date && value ? `${value}T23:59:59` : value }), { ...bounds, "aria-label": "to" }));
  };

  const relative = (control, choose) => {
    const now = control.relative;
    const presets = [["LAST", "DAY", 7, "Last 7 days"], ["LAST", "DAY", 30, "Last 30 days"], ["THIS", "MONTH", 1, "This month"], ["PREVIOUS", "MONTH", 1, "Previous month"],
      ["THIS", "QUARTER", 1, "This quarter"], ["THIS", "YEAR", 1, "This year"], ["LAST", "YEAR", 1, "Last year"]];
    const key = (kind, unit, amount) => `${kind} ${unit} ${amount}`;
    const own = key(now.type, now.unit, now.amount);
    if (!presets.some(([kind, unit, amount]) => key(kind, unit, amount) === own)) presets.unshift([now.type, now.unit, now.amount, own.toLowerCase()]);
    const select = el("select", {}, ...presets.map(([kind, unit, amount, name]) => el("option", { value: key(kind, unit, amount), ...(key(kind, unit, amount) === own ? { selected: "" } : {}) }, name)));
    select.addEventListener("change", () => { const [type, unit, amount] = select.value.split(" "); choose({ type, unit, amount: Number(amount) }); });
    return select;
  };

  const widget = (control, choose) => {
    if (control.message) return el("span", { class: "failed" }, control.message);
    const { filterKind } = control;
    const listed = (values) => (control.parameter ? choose(values) : choose(values.length ? { values } : null));
    if (filterKind === "RelativeDatesFilter") return relative(control, choose);
    if (filterKind === "TimeRangeFilter") return range(control, choose, "date");
    if (filterKind === "NumericRangeFilter") return range(control, choose, "number");
    if (control.kind === "Dropdown" || control.kind === "List") return choices(control, listed);
    const one = (control.chosen ?? [])[0];
    const single = (value) => (control.parameter ? choose(value === "" ? [] : [value]) : filterKind === "CategoryFilter"
      ? choose(value === "" ? null : { values: [value], operator: control.operator }) : choose(value === "" ? null : { value }));
    if (control.kind === "DateTimePicker") return input("date", day(one), single);
    if (control.kind === "Slider") {
      const shown = el("output", {}, one ?? "");
      const slider = input("range", one ?? control.min, single, { min: control.min, max: control.max, step: control.step ?? 1 });
      slider.addEventListener("input", () => { shown.textContent = slider.value; });
      return el("div", { class: "pair" }, slider, shown);
    }
    return input("text", one, single);
  };

  // `choose` gets a parameter's list of values, or what a filter is to keep (null: everything).
  Viewer.control = (control, choose) => {
    const made = widget(control, choose);
    const pair = made.classList.contains("pair") || made.tagName === "DETAILS";
    return pair ? el("fieldset", { "data-id": control.id }, el("legend", {}, control.title), made) : el("label", { "data-id": control.id }, control.title, made);
  };
  document.addEventListener("submit", (event) => event.preventDefault());
})();
