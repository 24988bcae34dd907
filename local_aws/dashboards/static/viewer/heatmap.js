// Heat map: shades by two dimensions.
"use strict";
(() => {
  Viewer.kinds.HeatMap = {
    summary: Viewer.extremes,
    option: (visual, size) => {
      const { options } = visual;
      const ink = Viewer.ink();
      const { rows, columns } = options;
      const measure = visual.columns.at(-1);
      const distinct = (place) => [...new Map(visual.rows.map((row) => [JSON.stringify(row[place]), row[place]])).values()];
      const down = rows ? distinct(0) : [null], across = columns ? distinct(rows) : [null];
      const at = (list) => new Map(list.map((value, place) => [JSON.stringify(value), place]));
      const [y, x] = [at(down), at(across)];
      const values = visual.rows.map((row) => Number(row.at(-1) ?? NaN)).filter((value) => !isNaN(value));
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const text = (list, place, has) => list.map((value) => (has ? Viewer.format(value, visual.columns[place]) : measure.label));
      const room = Math.min(150, size.width * 0.28);
      const cell = (size.width - room) / across.length;
      const dated = columns && visual.columns[rows].format?.style === "date";
      const every = dated ? Math.ceil(across.length / Math.max(1, Math.floor((size.width - room) / 52))) : 1;
      const kept = across.filter((_, place) => place % every === 0).map((value) => value && value + "Z");
      const dates = dated ? Viewer.axisDates(kept, visual.columns[rows].granularity) : [];
      const shown = dated ? across.map((_, place) => (place % every === 0 ? dates[place / every] : "")) : text(across, rows, columns);
      const scale = options.legend && size.height > 160;
      const shades = Viewer.shades(options.colorsOfScale);
      const shade = (value) => echarts.color.lerp(high === low ? 0 : (Number(value) - low) / (high - low), shades);
      const said = visual.rows.map((row) => Viewer.compact(row.at(-1), measure));
      const roomy = cell > Math.max(...said.map((one) => one.length)) * 7 + 8 && (size.height - (scale ? 70 : 30)) / down.length > 15;
      return {
        grid: { left: 12, right: 10, top: 4, bottom: scale ? 42 : 4, containLabel: true },
        xAxis: Viewer.axis.category(shown, "", { splitArea: { show: false }, axisLine: { show: false }, axisLabel: { color: ink.muted, fontSize: 12, ...(dated ? { interval: 0, lineHeight: 15 } : { width: Math.max(44, cell - 4), overflow: "truncate", hideOverlap: true }) } }),
        yAxis: Viewer.axis.category(text(down, 0, rows), "", { inverse: true, axisLine: { show: false }, axisLabel: { color: ink.text, fontSize: 12, interval: Viewer.skipped(down.length, size.height - (scale ? 76 : 34)), width: room, overflow: "truncate" } }),
        visualMap: { show: scale, min: low, max: high === low ? low + 1 : high, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 10,
          inRange: { color: shades }, textStyle: { color: ink.muted, fontSize: 11 }, text: [Viewer.compact(high, measure), Viewer.compact(low, measure)] },
        tooltip: { trigger: "item", formatter: (point) => { const row = visual.rows[point.dataIndex];
          return Viewer.tip(row.slice(0, -1).map((value, place) => Viewer.format(value, visual.columns[place])).join(" · "), [[measure.label, Viewer.format(row.at(-1), measure)]]); } },
        series: [{ type: "heatmap", data: visual.rows.map((row) => ({ value: [columns ? x.get(JSON.stringify(row[rows])) : 0, rows ? y.get(JSON.stringify(row[0])) : 0, row.at(-1) === null ? "-" : Number(row.at(-1))],
            label: { color: row.at(-1) === null ? ink.text : Viewer.readable(shade(row.at(-1))) } })),
          itemStyle: { borderColor: ink.card, borderWidth: 2, borderRadius: 2 },
          label: { show: roomy && visual.rows.length <= 240, fontSize: 11, formatter: (point) => said[point.dataIndex] }, emphasis: { itemStyle: { borderColor: ink.text, borderWidth: 1 } } }],
        pick: (point) => visual.rows[point.dataIndex],
      };
    },
  };
})();
