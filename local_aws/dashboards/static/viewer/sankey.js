// Sankey: flows from sources at the left to destinations at the right.
"use strict";
(() => {
  Viewer.kinds.SankeyDiagram = {
    summary: Viewer.extremes,
    option: (visual) => {
      const ink = Viewer.ink();
      const measure = visual.columns.at(-1);
      // the sides have names of their own: a name may be on both
      const end = (row, side) => `${side}|${Viewer.format(row[side], visual.columns[side])}`;
      const links = visual.rows.map((row, at) => ({ row: at, source: end(row, 0), target: end(row, 1), value: Math.max(0, Number(row[2] ?? 0)) })).filter((link) => link.value > 0);
      const names = [...new Set(links.flatMap((link) => [link.source, link.target]))];
      const plain = (name) => name.slice(2);
      return {
        tooltip: { trigger: "item", formatter: (point) => (point.dataType === "edge" ? Viewer.tip(`${plain(point.data.source)} → ${plain(point.data.target)}`, [[measure.label, Viewer.format(visual.rows[point.data.row][2], measure)]])
          : Viewer.tip(plain(point.name), [[measure.label, Viewer.format(point.value, measure)]])) },
        series: [{ type: "sankey", left: 4, right: 130, top: 6, bottom: 6, nodeWidth: 12, nodeGap: 8, draggable: false, data: names.map((name) => ({ name })), links,
          label: { color: ink.text, fontSize: 11, width: 120, overflow: "truncate", formatter: (point) => plain(point.name) }, lineStyle: { color: "source", opacity: 0.3, curveness: 0.5 }, itemStyle: { borderWidth: 0 }, emphasis: { focus: "adjacency" } }],
        pick: (point) => visual.rows[point.data?.row],
      };
    },
  };
})();
