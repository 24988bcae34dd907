// Maps: countries filled by a measure, points sized by one. The world's shapes are fetched once, or are in the page.
"use strict";
(() => {
  let asked;
  const EDGES = [[-168, 80], [190, -56]]; // without the poles
  const fitted = (size) => ({ layoutCenter: ["50%", (size.height - 20) / 2], layoutSize: Math.min(size.width, (size.height - 24) * 1.97) }); // its own shape, in any card
  const registered = () => Boolean(echarts.getMap("world"));
  const ready = () => asked ??= (async () => {
    const inline = document.getElementById("world");
    echarts.registerMap("world", inline ? JSON.parse(inline.textContent) : await (await fetch("/dashboards/static/world/world.json")).json());
  })();
  const tip = (visual, row) => Viewer.tip(visual.columns.slice(0, visual.options.groups).map((column, at) => Viewer.format(row[at], column)).join(", "),
    visual.columns.slice(visual.options.groups).map((column, at) => [column.label, Viewer.format(row[visual.options.groups + at], column)]));
  const land = () => (Viewer.dark() ? "#28303b" : "#e9ecf0");
  const measured = (visual) => visual.rows.map((row) => Number(row[visual.options.groups] ?? 0));
  const listed = (name) => (visual) => (visual.options?.[name] ? null : Viewer.kinds.WordCloud);

  Viewer.kinds.FilledMap = {
    summary: Viewer.extremes, instead: listed("shapes"), ready, registered,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const { shapes, groups } = visual.options;
      const measure = visual.columns[groups];
      const values = measure ? measured(visual) : visual.rows.map(() => 1);
      const rows = new Map();
      shapes.forEach((name, at) => { if (name && !rows.has(name)) rows.set(name, at); });
      const sums = new Map();
      shapes.forEach((name, at) => { if (name) sums.set(name, (sums.get(name) ?? 0) + values[at]); });
      const all = [...sums.values()];
      const scale = Viewer.shades([]);
      return {
        tooltip: { trigger: "item", formatter: (point) => (rows.has(point.name) ? tip(visual, visual.rows[rows.get(point.name)]) : "") },
        visualMap: { show: Boolean(measure), type: "continuous", min: Math.min(...all, 0), max: Math.max(...all, 1), calculable: false, orient: "horizontal", left: 4, bottom: 2, itemWidth: 9, itemHeight: Math.min(140, size.width / 3),
          text: measure ? [Viewer.compact(Math.max(...all), measure), Viewer.compact(Math.min(...all, 0), measure)] : [], textStyle: { color: ink.muted, fontSize: 11 }, inRange: { color: scale.slice(1).length > 1 ? [scale[0] === "#e8f0f6" ? "#c4d9e8" : "#2b4d6b", ...scale.slice(1)] : scale } },
        series: [{ type: "map", map: "world", nameProperty: "name", boundingCoords: EDGES, roam: false, selectedMode: false, ...fitted(size),
          itemStyle: { areaColor: land(), borderColor: ink.card, borderWidth: 0.6 }, label: { show: false },
          emphasis: { label: { show: false }, itemStyle: { areaColor: null, borderColor: ink.text, borderWidth: 1 } },
          data: [...sums].map(([name, value]) => ({ name, value })) }],
        pick: (point) => visual.rows[rows.get(point.name)],
      };
    },
  };

  Viewer.kinds.GeospatialMap = {
    summary: Viewer.extremes, instead: listed("spots"), ready, registered,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const { spots, groups } = visual.options;
      const values = visual.columns[groups] ? measured(visual) : visual.rows.map(() => 1);
      const most = Math.max(...values.map(Math.abs), 1e-9);
      const placed = visual.rows.map((_, at) => at).filter((at) => spots[at]);
      return {
        tooltip: { trigger: "item", formatter: (point) => (point.data?.row === undefined ? "" : tip(visual, visual.rows[point.data.row])) },
        geo: { map: "world", boundingCoords: EDGES, roam: false, silent: true, ...fitted(size), itemStyle: { areaColor: land(), borderColor: ink.card, borderWidth: 0.6 } },
        series: [{ type: "scatter", coordinateSystem: "geo", itemStyle: { color: Viewer.colors()[0], opacity: 0.72, borderColor: ink.card },
          data: placed.map((at) => ({ row: at, value: [...spots[at], values[at]] })), symbolSize: (value) => 5 + 27 * Math.sqrt(Math.abs(value[2]) / most) }],
        pick: (point) => visual.rows[point.data?.row],
      };
    },
  };
})();
