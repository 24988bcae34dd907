// Sankey: flows from sources at the left to destinations at the right.
"use strict";
(() => {
  Viewer.kinds.SankeyDiagram = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const ink = Viewer.ink();
      const measure = visual.columns.at(-1);
      // the sides have names of their own: a name may be on both
      const end = (row, side) => `${side}|${Viewer.format(row[side], visual.columns[side])}`;
      const links = visual.rows.map((row, at) => ({ row: at, source: end(row, 0), target: end(row, 1), value: Math.max(0, Number(row[2] ?? 0)) })).filter((link) => link.value > 0);
      const names = [...new Set(links.flatMap((link) => [link.source, link.target]))];
      // where a side has more names than lines, those of the broad ends are said; the tooltip says the others
      const whole = links.reduce((sum, link) => sum + link.value, 0) || 1;
      const through = (name) => links.reduce((sum, link) => sum + (link.source === name || link.target === name ? link.value : 0), 0);
      const sides = [0, 1].map((side) => names.filter((name) => name.startsWith(`${side}|`)).length);
      const said = (name) => sides[Number(name[0])] * 15 < size.height || (through(name) / whole) * size.height >= 9;
      const plain = (name) => name.slice(2);
      return {
        tooltip: { trigger: "item", formatter: (point) => (point.dataType === "edge" ? Viewer.tip(`${plain(point.data.source)} → ${plain(point.data.target)}`, [[measure.label, Viewer.format(visual.rows[point.data.row][2], measure)]])
          : Viewer.tip(plain(point.name), [[measure.label, Viewer.format(point.value, measure)]])) },
        series: [{ type: "sankey", left: 4, right: 130, top: 6, bottom: 6, nodeWidth: 12, nodeGap: 8, draggable: false, data: names.map((name) => ({ name, label: { show: said(name) } })), links,
          label: { color: ink.text, fontSize: 11, width: 120, overflow: "truncate", formatter: (point) => plain(point.name) }, lineStyle: { color: "source", opacity: 0.3, curveness: 0.5 }, itemStyle: { borderWidth: 0 }, emphasis: { focus: "adjacency" } }],
        pick: (point) => visual.rows[point.data?.row],
      };
    },
  };
})();
