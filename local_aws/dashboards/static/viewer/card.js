// One visual: its card, its chart or table or message, its summary for who does not see it.
"use strict";
(() => {
  const el = Viewer.element;
  const SVG_MARKS = 2000;

  const message = (visual) => el("div", { class: "message" },
    el("b", {}, { failed: "This visual cannot be drawn", empty: "Nothing to show" }[visual.state] ?? ""),
    el("span", {}, visual.message ?? ""));

  class Card {
    constructor(visual) {
      this.visual = visual;
      this.charts = [];
      this.asTable = visual.state === "not_drawn";
      const kind = Viewer.kinds[visual.kind];
      this.kind = kind?.instead?.(visual) ?? kind; // a map without places is a list
      this.element = this.build();
    }

    build() {
      const { visual } = this;
      const summary = visual.state === "drawn" && this.kind ? this.kind.summary(visual) : visual.message ?? visual.note ?? "";
      this.body = el("div", { class: "body" });
      const tools = el("div", { class: "tools" });
      if (visual.rows) {
        if (this.kind?.option || visual.kind === "KPI") {
          this.toggle = el("button", { type: "button", "aria-pressed": "false" }, "Table");
          this.toggle.addEventListener("click", () => this.switch());
          tools.append(this.toggle);
        }
        const save = el("button", { type: "button", "aria-label": `Download ${visual.title || visual.id} as CSV` }, "CSV");
        save.addEventListener("click", () => Viewer.saveCsv(visual));
        const picture = el("button", { type: "button", "aria-label": `Download ${visual.title || visual.id} as a PNG picture` }, "PNG");
        picture.addEventListener("click", () => Viewer.savePng(this));
        tools.append(save, picture);
      }
      // a visual whose title is hidden has a name all the same, for who does not see it
      const heading = el("h2", { id: `title-${visual.id}`, class: visual.title ? "" : "hidden" }, visual.title || visual.kind);
      heading.title = visual.title ?? "";
      const card = el("section", { class: "card visual", tabindex: "0", "data-id": visual.id, "data-kind": visual.kind, "data-state": visual.state, ...(visual.title ? {} : { "data-untitled": "" }),
        "aria-labelledby": `title-${visual.id}`, "aria-describedby": `summary-${visual.id}` }, el("header", {}, heading, tools));
      if (visual.subtitle) card.append(el("p", { class: "subtitle" }, visual.subtitle));
      card.append(el("p", { class: "hidden", id: `summary-${visual.id}` }, [visual.alt, summary].filter(Boolean).join(". ")), this.body);
      if (visual.note) card.append(el("p", { class: "note" }, visual.note));
      return card;
    }

    switch() {
      this.asTable = !this.asTable;
      this.toggle.setAttribute("aria-pressed", String(this.asTable));
      this.toggle.textContent = this.asTable ? "Chart" : "Table";
      this.draw();
    }

    // The way down: its levels lead back up. Where a click filters, going down is asked for by a button of its own.
    way() {
      const { path, deeper, level } = this.visual.drill;
      const bar = el("nav", { class: "way", "aria-label": `Levels of ${this.visual.title || this.visual.kind}` });
      const step = (text, values) => {
        const button = el("button", { type: "button" }, text);
        button.addEventListener("click", () => this.onDrill(this.visual, values));
        return button;
      };
      path.forEach((one, at) => bar.append(step(at ? `${one.label}: all` : `All ${one.label}`, path.slice(0, at).map((each) => each.value)), el("b", {}, one.text), "›"));
      bar.append(el("span", {}, level));
      if (deeper) {
        const label = this.onPick ? "Down" : "Choose an item to go down";
        this.down = this.onPick ? el("button", { type: "button", "aria-pressed": "false", title: "The next item that is chosen is gone down into" }, label) : el("span", { class: "hint" }, `· ${label}`);
        if (this.onPick) this.down.addEventListener("click", () => this.down.setAttribute("aria-pressed", String(this.down.getAttribute("aria-pressed") === "false")));
        bar.append(this.down);
      }
      return bar;
    }

    draw() {
      if (this.onDrill && !this.element.querySelector(".way")) this.element.insertBefore(this.way(), this.body);
      this.dispose();
      this.body.replaceChildren();
      const { visual } = this;
      if (visual.state === "failed" || visual.state === "empty") return this.body.append(message(visual));
      if (this.asTable || !this.kind) { // the accessible form: its rows are chosen as the chart's items are
        this.body.append(Viewer.table(visual));
        if (this.onPick || this.onDrill) this.pickable();
        return;
      }
      if (this.kind.ready && !this.kind.registered()) { // shapes that are on their way
        return this.kind.ready().then(() => this.element.isConnected && this.draw(), () => this.body.replaceChildren(Viewer.table(visual)));
      }
      try {
        if (this.kind.draw) this.kind.draw(this.body, visual); else this.plot();
        if (this.onPick || this.onDrill) this.pickable();
      } catch (error) { // a visual that breaks the page's code still shows its data
        console.error(visual.id, error);
        this.body.replaceChildren(Viewer.table(visual));
      }
    }

    plot() {
      const size = { width: this.body.clientWidth, height: this.body.clientHeight };
      if (!size.width || !size.height) return;
      this.size = size;
      if (this.visual.options.panels) return Viewer.panels(this, (holder, option, whole) => this.put(holder, option, whole));
      const holder = el("div", { class: "chart", "aria-hidden": "true" });
      this.body.append(holder);
      this.put(holder, Viewer.dressed(this.kind.option(this.visual, size), this.visual));
    }

    put(holder, option, whole = (row) => row) {
      const marks = this.visual.rows.length * this.visual.columns.length;
      const chart = echarts.init(holder, null, { renderer: marks > SVG_MARKS ? "canvas" : "svg" });
      const base = Viewer.base();
      const { pick, ...plain } = option;
      chart.setOption({ ...base, ...plain, tooltip: { ...base.tooltip, ...plain.tooltip } });
      if (pick) chart.on("click", (point) => this.clicked(whole(pick(point))));
      this.charts.push(chart);
    }

    dispose() {
      this.charts.forEach((chart) => chart.dispose());
      this.charts = [];
    }

    // Rows of tables and lists are chosen by click, or by keyboard.
    pickable() {
      this.element.dataset.pickable = "";
      for (const item of this.body.querySelectorAll("tr, li")) {
        if (!item.pick) continue;
        item.tabIndex = 0;
        item.addEventListener("click", () => this.clicked(item.pick()));
        item.addEventListener("keydown", (event) => { if (event.key === "Enter") this.clicked(item.pick()); });
      }
    }

    clicked(row) {
      if (!row) return;
      const { drill, columns } = this.visual;
      const value = drill && row[columns.findIndex((column) => column.id === drill.field)];
      const down = this.onDrill && drill.deeper && (!this.onPick || this.down.getAttribute("aria-pressed") === "true");
      if (down && value !== undefined && (value === null || typeof value !== "object")) return this.onDrill(this.visual, [...drill.path.map((one) => one.value), value]);
      this.onPick?.(this.visual, row);
    }

    resized() {
      const { clientWidth: width, clientHeight: height } = this.body;
      if (!this.kind?.option || this.asTable || this.visual.state !== "drawn") return;
      if (!this.charts.length || width !== this.size.width || height !== this.size.height) this.draw();
    }
  }

  Viewer.Card = Card;
})();
